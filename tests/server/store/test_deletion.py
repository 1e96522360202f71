"""Sessions are deleted whole, and on a full disk too, where the room comes back."""

import os
import sqlite3
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from server.store import deletion, sqlite_file
from server.store.database import Database, Work
from server.store.errors import DatabaseFull, SessionNotFound
from server.store.records import Session, StoredPicture
from server.store.sqlite_file import RESERVE_BYTES
from server.store.store import Store, open_store
from tests.helpers.disks import count_free_bytes, fill, mounted_disk
from tests.helpers.store_turns import ask, count_rows, find_text

pytestmark = pytest.mark.anyio

MIB = 1 << 20


@pytest.fixture(autouse=True)
def keep_real_reserve(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite_file, "RESERVE_BYTES", RESERVE_BYTES)


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    with mounted_disk(tmp_path / "disk", 32) as place:
        yield place


@pytest.fixture
async def small(disk: Path) -> AsyncIterator[Store]:
    """A store on the small disk."""
    async with open_store(disk / "sessions.db") as opened:
        yield opened


async def add_session(store: Store, name: str, num_turns: int, num_bytes: int) -> Session:
    session = await store.create_session("ann", name)
    for number in range(num_turns):
        picture = StoredPicture.from_bytes(os.urandom(num_bytes), "image/png")
        await ask(store, session, picture, f"question {number} " + "裤子" * 200, answer="售价299元" * 50)
    return session


async def check_whole(disk: Path, store: Store) -> None:
    assert (await store.database.read(lambda c: c.exec_driver_sql("PRAGMA integrity_check"))).scalars().all() == ["ok"]
    with sqlite3.connect(disk / "sessions.db") as connection:
        connection.execute("INSERT INTO search (search) VALUES ('integrity-check')")
    connection.close()


@pytest.mark.parametrize(("num_turns", "num_bytes"), [(3, 4 * MIB), (110, 1000)])
async def test_a_session_is_deleted_on_a_full_disk(disk: Path, small: Store, num_turns: int, num_bytes: int) -> None:
    """With pictures that are larger than the reserve, and with more turns than are deleted at once."""
    kept, session = await add_session(small, "kept", 2, 1000), await add_session(small, "large", num_turns, num_bytes)
    fill(disk)
    with pytest.raises(DatabaseFull):
        await add_session(small, "more", 60, 100_000)
    await small.delete_session("ann", session.id)
    with pytest.raises(SessionNotFound):
        await small.get_session("ann", session.id)
    await small.database.give_back_room()  # which goes on in the background where the deletion itself had room
    assert count_free_bytes(disk) > num_turns * num_bytes / 2
    assert len(await small.list_turns("ann", kept.id)) == 2
    assert await small.list_sessions("ann", search="裤子") is not None
    await check_whole(disk, small)


async def test_all_sessions_are_deleted_on_a_full_disk_and_the_reserve_is_made_again(disk: Path, small: Store) -> None:
    for number in range(8):
        await add_session(small, f"desk {number}", 3, MIB // 2)
    reserve = disk / "sessions.db.reserve"
    assert reserve.stat().st_size == RESERVE_BYTES
    fill(disk)
    assert await small.delete_all_sessions("ann") == 8
    for table in ("sessions", "turns", "parts", "pictures", "documents"):
        assert await count_rows(small, table) == 0, table
    await small.database.give_back_room()
    assert count_free_bytes(disk) > 8 * MIB
    (disk / "filler").unlink()
    await small.database.give_back_room()
    assert reserve.stat().st_size == RESERVE_BYTES
    await add_session(small, "after", 2, MIB)


async def test_sessions_expire_on_a_full_disk(disk: Path, small: Store) -> None:
    for number in range(4):
        await add_session(small, f"desk {number}", 2, MIB)
    fill(disk)
    assert await small.expire_sessions(1e9, 1) == 3
    assert [session.name for session in (await small.list_sessions("ann")).sessions] == ["desk 3"]
    await small.database.give_back_room()
    assert count_free_bytes(disk) > 3 * MIB


async def test_deleting_makes_the_file_smaller_where_there_is_room_too(tmp_path: Path) -> None:
    path = tmp_path / "sessions.db"
    async with open_store(path) as store:
        session = await add_session(store, "large", 4, 2 * MIB)
    before = path.stat().st_size
    assert before > 8 * MIB
    async with open_store(path) as store:
        await store.delete_session("ann", session.id)
    assert path.stat().st_size < before - 6 * MIB


async def test_a_session_deleted_in_pieces_that_is_not_finished_keeps_its_first_turns(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_store(tmp_path / "sessions.db") as store:
        session = await add_session(store, "desk", 5, 10)
        monkeypatch.setattr(deletion, "PIECE", 2)
        delete, pieces = store.database.delete, 0

        async def refuse(_: object) -> None:
            raise DatabaseFull("here", "no room")

        async def delete_two_pieces(work: Work[int | None]) -> int | None:
            nonlocal pieces
            pieces += 1
            with monkeypatch.context() as patch:
                patch.setattr(store.database, "write", write)
                return await delete(work if pieces < 3 else refuse)

        write = store.database.write
        monkeypatch.setattr(store.database, "delete", delete_two_pieces)
        monkeypatch.setattr(store.database, "write", refuse)
        with pytest.raises(DatabaseFull):
            await store.delete_session("ann", session.id)
        (left,) = await store.list_turns("ann", session.id)
        assert find_text(left).startswith("question 0")


async def test_a_database_that_is_no_file_says_that_it_is_full(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    attempts = []

    async def refuse(_: Database, work: object) -> None:
        attempts.append(work)
        raise DatabaseFull("here", "no room")

    async with open_store(url) as store:
        await store.create_session("ann", "desk")
        with monkeypatch.context() as patch:
            patch.setattr(Database, "write", refuse)
            with pytest.raises(DatabaseFull):
                await store.delete_all_sessions("ann")
    assert len(attempts) == (3 if url.startswith("sqlite") else 2)
