"""Values made from files that an operator edits while the server runs."""

import logging
import time
from collections.abc import Callable
from pathlib import Path
from typing import Generic, TypeVar

CHECK_EVERY_S = 1.0

logger = logging.getLogger("server")

T = TypeVar("T")
Stamp = tuple[tuple[str, int, int, int], ...]
"""Path, inode, size and time of change in nanoseconds of each file."""


class Reloadable(Generic[T]):
    """A value that `load` makes from a file or folder, made again after each edit.

    `load` raises `ValueError` or `OSError` for wrong files. Then the last good value stays, and the cause is logged
    once for each edit. `loaded_s` is Unix time; `refused` is why the last edit was left out, or None.
    """

    def __init__(self, path: Path, load: Callable[[Path], T], now: float) -> None:
        """Load the value. Raises what `load` raises, because a server must not start with wrong files."""
        self.path = path
        self._load = load
        self._checked_s = now
        self._stamp = stamp_files(path)
        self._value = load(path)
        self.loaded_s = time.time()
        self.refused: str | None = None

    def current(self, now: float) -> T:
        """Return the value, reloaded if the files have changed; they are looked at once a second at most.

        `now` is in seconds, of any clock that never goes back.
        """
        if now - self._checked_s >= CHECK_EVERY_S:
            self._checked_s = now
            if stamp_files(self.path) != self._stamp and self.reload():
                logger.info("%s was loaded again", self.path)
        return self._value

    def reload(self) -> bool:
        """Make the value again, whether the files have changed or not; tell whether they can be used."""
        self._stamp = stamp_files(self.path)
        try:
            self._value = self._load(self.path)
        except (ValueError, OSError) as error:
            self.refused = str(error)
            logger.warning("the edit of %s is not used, what was loaded before stays in force: %s", self.path, error)
            return False
        self.loaded_s, self.refused = time.time(), None
        return True


def stamp_files(path: Path) -> Stamp:
    """Return what changes with every edit of a file, or of a folder with all that it holds; empty if nothing exists."""
    paths = (path, *sorted(path.rglob("*")))
    return tuple(entry for each in paths for entry in _stamp_file(each))


def _stamp_file(path: Path) -> Stamp:
    try:
        status = path.stat()
    except OSError:  # deleted since it was listed
        return ()
    return ((str(path), status.st_ino, status.st_size, status.st_mtime_ns),)
