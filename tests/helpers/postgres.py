"""A PostgreSQL server of our own for tests, reached only through a socket in its folder."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

START_TIMEOUT_S = 180
STRANGER = "postgres"
"""The user that Debian's packages make. PostgreSQL refuses to run as root."""


def binaries() -> Path | None:
    """The folder of the newest server here, on the path or where Debian keeps it."""
    on_path = shutil.which("initdb")
    if on_path is not None:
        return Path(on_path).resolve().parent
    installed = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    return installed[-1].parent if installed else None


def missing(reason: str) -> None:
    """Skip, but never where the tests must all run."""
    if os.environ.get("CI") == "true":
        pytest.fail(f"PostgreSQL is needed here: {reason}")
    pytest.skip(f"no PostgreSQL to test with: {reason}")


@contextmanager
def running_postgres() -> Iterator[str]:
    """The folder of its socket."""
    folder = binaries()
    if folder is None:
        missing("initdb is neither on the path nor in /usr/lib/postgresql")
        return
    home = Path(tempfile.mkdtemp(prefix="postgres-"))
    try:
        prefix = _as_stranger(home)
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


def _as_stranger(home: Path) -> tuple[str, ...]:
    """What a command begins with; `home` becomes that user's."""
    if os.geteuid() != 0:
        return ()
    try:
        shutil.chown(home, STRANGER, STRANGER)
    except LookupError:
        missing(f"there is no user {STRANGER}, and root may not run it")
    return ("runuser", "-u", STRANGER, "--")


def _run(*command: str) -> None:
    # pg_ctl's server keeps what it inherits open, so output goes to a file and not to a pipe.
    with tempfile.TemporaryFile("w+") as output:
        done = subprocess.run(command, stdout=output, stderr=output, timeout=START_TIMEOUT_S, cwd="/")
        output.seek(0)
        assert done.returncode == 0, output.read()
