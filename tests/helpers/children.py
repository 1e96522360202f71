"""The processes that a test has started and that still run."""

from contextlib import suppress

import psutil  # type: ignore[import-untyped]


def list_children_with(sign: str) -> list[psutil.Process]:
    """Return the children of this process that have `sign` in their command; those that have ended are left out."""
    found = []
    for child in psutil.Process().children():
        with suppress(psutil.NoSuchProcess):  # it has ended meanwhile, or nobody has waited for it yet
            if sign in " ".join(child.cmdline()):
                found.append(child)
    return found
