"""A PostgreSQL server for tests, which is only reached through a socket in its folder."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

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
