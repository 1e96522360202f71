"""What only the server's own user may read."""

import stat
from pathlib import Path

import pytest

from server.store.private_files import narrow, prepare_database
from server.store.store import open_store

pytestmark = pytest.mark.anyio


def mode_of(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


async def test_an_open_database_and_the_files_beside_it_are_private(tmp_path: Path) -> None:
    path = tmp_path / "data" / "sessions.db"
    async with open_store(path) as store:
        await store.spend_tokens("ann", 1, 1)
        modes = {file.name: mode_of(file) for file in path.parent.iterdir()}
    names = ("sessions.db", "sessions.db-wal", "sessions.db-shm", "sessions.db.lock", "sessions.db.reserve")
    assert modes == dict.fromkeys(names, 0o600)
    assert mode_of(path.parent) == 0o700


async def test_files_that_others_may_read_are_narrowed_when_the_database_is_opened(tmp_path: Path) -> None:
    path = tmp_path / "sessions.db"
    async with open_store(path):
        pass
    names = ("sessions.db", "sessions.db-wal", "sessions.db-shm", "sessions.db-journal", "sessions.db.lock")
    for name in names:
        (tmp_path / name).touch()
        (tmp_path / name).chmod(0o664)
    prepare_database(path)
    assert {name: mode_of(tmp_path / name) for name in names} == dict.fromkeys(names, 0o600)
    async with open_store(path) as store:
        assert await store.get_spent_tokens("ann", 1) == 0


def test_a_folder_that_exists_is_left_as_it_is(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    prepare_database(tmp_path / "sessions.db")
    assert mode_of(tmp_path) == 0o755


@pytest.mark.parametrize(("before", "after"), [(0o644, 0o600), (0o440, 0o400), (0o400, 0o400), (0o600, 0o600)])
def test_no_right_is_added(tmp_path: Path, before: int, after: int) -> None:
    file = tmp_path / "keys.toml"
    file.touch()
    file.chmod(before)
    narrow(file)
    assert mode_of(file) == after


def test_a_file_of_somebody_else_is_used_and_named_in_the_log(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    file = tmp_path / "keys.toml"
    file.touch(0o644)
    monkeypatch.setattr(Path, "chmod", refuse)
    narrow(file)
    assert caplog.messages == [f"others may read {file}: Operation not permitted"]


def test_a_file_that_does_not_exist_is_no_matter(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    narrow(tmp_path / "keys.toml")
    assert caplog.messages == []
