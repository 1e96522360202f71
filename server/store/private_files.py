"""Files that only the server's own user may read: they hold questions, pictures and the hashes of keys."""

import logging
import stat
from pathlib import Path

FILE_MODE = 0o600
FOLDER_MODE = 0o700
COMPANIONS = ("", "-wal", "-shm", "-journal", ".lock", ".reserve")
"""What the names of SQLite's files, of the lock and of the reserve end in after that of the database."""

logger = logging.getLogger("server")


def prepare_database(path: Path) -> None:
    """Create a database's folder and its files if they are missing, and keep others from reading them.

    SQLite gives the files beside the database its mode. Raises `OSError`.
    """
    path.parent.mkdir(mode=FOLDER_MODE, parents=True, exist_ok=True)
    for companion in COMPANIONS:
        narrow(path.with_name(path.name + companion))
    for created in (path, path.with_name(f"{path.name}.lock")):
        if not created.exists():
            created.touch(FILE_MODE)


def narrow(path: Path) -> None:
    """Take from others what rights they have to a file, if there is one. Where that is not allowed, it is logged."""
    try:
        mode = stat.S_IMODE(path.stat().st_mode)
        if mode & ~FOLDER_MODE:
            path.chmod(mode & FILE_MODE)
    except FileNotFoundError:
        return
    except OSError as error:
        logger.warning("others may read %s: %s", path, error.strerror)
