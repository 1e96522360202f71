"""A PostgreSQL server for tests, which is only reached through a socket in its folder, and databases in it."""

import itertools
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy import create_engine

from server.store.migrate import upgrade

LIST_TABLES = b"SELECT tablename FROM pg_tables WHERE schemaname = current_schema AND tablename <> 'alembic_version'"
RESTART_SEQUENCES = (
    b"SELECT setval(format('%I', sequencename)::regclass, start_value, false) "
    b"FROM pg_sequences WHERE schemaname = current_schema"
)
START_TIMEOUT_S = 180
SERVER_USER = "postgres"
"""The user that Debian's packages create, to run as in place of root, which PostgreSQL refuses."""


def find_binaries() -> Path | None:
    """Return the folder of PostgreSQL on the path, else of the newest one where Debian installs it, else None."""
    on_path = shutil.which("initdb")
    if on_path is not None:
        return Path(on_path).resolve().parent
    installed = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    return installed[-1].parent if installed else None


def skip_or_fail(reason: str) -> None:
    """Skip the test, or fail it in CI, where all tests must run."""
    if os.environ.get("CI") == "true":
        pytest.fail(f"PostgreSQL is needed here: {reason}")
    pytest.skip(f"no PostgreSQL to test with: {reason}")


@contextmanager
def running_postgres() -> Iterator[str]:
    """Run a server, and give the folder of its socket."""
    folder = find_binaries()
    if folder is None:
        skip_or_fail("initdb is neither on the path nor in /usr/lib/postgresql")
        return
    home = Path(tempfile.mkdtemp(prefix="postgres-"))
    try:
        prefix = _become_server_user(home)
        _run(*prefix, str(folder / "initdb"), "--pgdata", str(home / "data"), "--auth", "trust", "-U", "postgres", "-N")
        options = f"-k {home} -c listen_addresses= -c fsync=off"
        control = (*prefix, str(folder / "pg_ctl"), "--pgdata", str(home / "data"))
        _run(*control, "--wait", "--log", str(home / "log"), "--options", options, "start")
        try:
            yield str(home)
        finally:
            _run(*control, "--mode", "immediate", "stop")
    finally:
        shutil.rmtree(home)


class Databases:
    """Schemas of one database, each of which a test uses as a database of its own.

    A schema takes milliseconds where a database takes a second. Migrations take longer: a schema that was migrated is
    emptied after a test, and given to the next.
    """

    def __init__(self, socket_folder: str) -> None:
        self._folder = socket_folder
        self._numbers = itertools.count()
        self._free: list[str] = []

    def make_empty(self) -> str:
        """Return the URL of a database without any table."""
        name = f"test_{next(self._numbers)}"
        with self._connect() as connection:
            connection.execute(f"CREATE SCHEMA {name}".encode())
        return self._write_url(name)

    @contextmanager
    def lend(self) -> Iterator[str]:
        """Give the URL of a database with the newest schema and nothing in it."""
        url = self._free.pop() if self._free else self._make_migrated()
        yield url
        self._clear(url)
        self._free.append(url)

    def _make_migrated(self) -> str:
        url = self.make_empty()
        engine = create_engine(url.replace("postgresql", "postgresql+psycopg", 1))
        with engine.begin() as connection:
            upgrade(connection)
        engine.dispose()
        return url

    def _clear(self, url: str) -> None:
        """Delete all rows, which takes a hundredth of the time of TRUNCATE, without a look at foreign keys."""
        with psycopg.connect(url) as connection:
            connection.execute("SET session_replication_role = replica")
            for (name,) in connection.execute(LIST_TABLES).fetchall():
                connection.execute(f"DELETE FROM {name}".encode())
            connection.execute(RESTART_SEQUENCES)

    def _connect(self) -> psycopg.Connection[tuple[Any, ...]]:
        return psycopg.connect(f"host={self._folder} user=postgres", autocommit=True)

    def _write_url(self, schema: str) -> str:
        return f"postgresql://postgres@/postgres?host={self._folder}&options=-csearch_path%3D{schema}"


def _become_server_user(home: Path) -> tuple[str, ...]:
    """Return the start of a command that runs as `SERVER_USER` if this is root, and give `home` to that user."""
    if os.geteuid() != 0:
        return ()
    try:
        shutil.chown(home, SERVER_USER, SERVER_USER)
    except LookupError:
        skip_or_fail(f"there is no user {SERVER_USER}, and root may not run it")
    return ("runuser", "-u", SERVER_USER, "--")


def _run(*command: str) -> None:
    # The server that pg_ctl starts keeps its output open, so that reading a pipe would never end: a file is used.
    with tempfile.TemporaryFile("w+") as output:
        done = subprocess.run(command, stdout=output, stderr=output, timeout=START_TIMEOUT_S, cwd="/")
        output.seek(0)
        assert done.returncode == 0, output.read()
