"""A value made from files that an operator edits while the server runs."""

import logging
import time
from collections.abc import Callable
from pathlib import Path
from typing import Generic, TypeVar

CHECK_EVERY_S = 1.0

logger = logging.getLogger("server")

T = TypeVar("T")
Stamp = tuple[tuple[str, int, int, int], ...]
"""Of each file: its path, inode, size and time of change in nanoseconds."""


class Reloading(Generic[T]):
    """Holds what `load` makes of a file or folder, made anew after an edit.

    `load` raises `ValueError` or `OSError` for files that are wrong. Then the last value that was right stays, and the
    log says the cause once an edit. `loaded_s` is of Unix, `refused` why the last edit was left out.
    """

    def __init__(self, path: Path, load: Callable[[Path], T], now: float) -> None:
        """Raises what `load` raises: a server does not start with files that are wrong."""
        self.path = path
        self._load = load
        self._checked = now
        self._stamp = stamp(path)
        self._value = load(path)
        self.loaded_s = time.time()
        self.refused: str | None = None

    def current(self, now: float) -> T:
        """`now` is of any clock that never goes back, in seconds; files are looked at once in a second at most."""
        if now - self._checked >= CHECK_EVERY_S:
            self._checked = now
            self._look()
        return self._value

    def _look(self) -> None:
        found = stamp(self.path)
        if found == self._stamp:
            return
        self._stamp = found
        try:
            self._value = self._load(self.path)
        except (ValueError, OSError) as error:
            self.refused = str(error)
            logger.warning("an edit of %s is left out, what was there before stays: %s", self.path, error)
        else:
            self.loaded_s, self.refused = time.time(), None
            logger.info("%s loaded again", self.path)


def stamp(path: Path) -> Stamp:
    """What an edit changes; empty where there is nothing. Looks into a folder's own folders too."""
    paths = (path, *sorted(path.rglob("*")))
    return tuple(found for each in paths for found in _stamp_of(each))


def _stamp_of(path: Path) -> Stamp:
    try:
        status = path.stat()
    except OSError:  # gone between the two looks
        return ()
    return ((str(path), status.st_ino, status.st_size, status.st_mtime_ns),)
