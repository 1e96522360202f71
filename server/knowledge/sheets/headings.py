"""What stands above a passage, so that it can be understood alone: headings, and the names of columns."""

from collections.abc import Iterable

MAX_NAME, MAX_COLUMNS = 40, 600
"""How many characters of the name of a column, and of all of them, are written."""


def write_columns(names: Iterable[str]) -> str:
    """Return the names of columns in their order, those without one too, as their values are told by their places."""
    return " | ".join(" ".join(name.split())[:MAX_NAME] for name in names)[:MAX_COLUMNS]


def join_headings(above: str | None, below: str | None) -> str | None:
    """Return a path of headings, the highest first."""
    return " > ".join(filter(None, (above, below))) or None
