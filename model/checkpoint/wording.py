"""The wording of errors: one line each, whatever a damaged file holds."""

from collections.abc import Collection, Iterable

ORIGINAL = "openbmb/MiniCPM-V-2_6"
INT4_ORIGINAL = f"{ORIGINAL}-int4"
MAX_LENGTH = 120


def one_line(value: object) -> str:
    """Return a value for a sentence: control characters as escapes, and what is very long cut."""
    text = str(value)
    text = "".join(char if char.isprintable() else char.encode("unicode_escape").decode() for char in text)
    return text if len(text) <= MAX_LENGTH else f"{text[:MAX_LENGTH]}..."


def show_path(path: object) -> str:
    """Return a path for a sentence, whole, with control characters as escapes."""
    return "".join(char if char.isprintable() else repr(char)[1:-1] for char in str(path))


def list_names(names: Iterable[str]) -> str:
    """Return the first three names in order, and dots where there are more."""
    found = sorted(names)
    return ", ".join(one_line(name) for name in found[:3]) + (", ..." if len(found) > 3 else "")


def count(things: Collection[object], noun: str) -> str:
    """Return such as `1 tensor is` or `4 tensors are`."""
    return f"1 {noun} is" if len(things) == 1 else f"{len(things)} {noun}s are"
