"""SQLite files with the newest schema: a copy is quick where the migrations take a while, in each of many tests."""

from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy import create_engine

from server.store.migrate import upgrade


def place_migrated(path: Path) -> Path:
    """Write an empty database with the newest schema where there is no file yet; return `path`."""
    if not path.exists():
        path.write_bytes(read_template())
    return path


@cache
def read_template() -> bytes:
    """Return the bytes of a database that the product's own migrations have made, once in a process."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "template.db"
        engine = create_engine(f"sqlite:///{path}")
        with engine.begin() as connection:
            upgrade(connection)
        engine.dispose()
        return path.read_bytes()
