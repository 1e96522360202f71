"""Sessions, saved runs and cached answers over the limits are deleted."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from server.store.expiry import MAX_EMPTY_AGE_S, Retention, delete_expired
from server.store.library_records import NewDocument
from server.store.store import Store, open_store
from tests.helpers.clock import Clock
from tests.helpers.fake_reading import make_text_file
from tests.helpers.store_turns import ask

pytestmark = pytest.mark.anyio


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def store(tmp_path: Path, clock: Clock) -> AsyncIterator[Store]:
    async with open_store(tmp_path / "sessions.db", clock=clock) as opened:
        yield opened


async def list_names(store: Store) -> list[str]:
    return [session.name for session in (await store.list_sessions("")).sessions]


async def test_old_sessions_are_deleted_and_logged(
    store: Store, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    await store.create_session("", "old")
    clock.advance(100)
    await store.create_session("", "new")
    caplog.set_level("INFO", "server")
    await delete_expired(store, Retention(50))
    assert await list_names(store) == ["new"]
    assert [record.getMessage() for record in caplog.records if record.name == "server"] == ["1 old sessions deleted"]


async def test_sessions_beyond_the_last_used_are_deleted(store: Store, clock: Clock) -> None:
    for name in "abc":
        await store.create_session("", name)
        clock.advance(1)
    await delete_expired(store, Retention(max_sessions=2))
    assert await list_names(store) == ["c", "b"]


async def test_old_answers_are_deleted_by_age_and_by_number(store: Store, clock: Clock) -> None:
    keys = [digit * 64 for digit in "abc"]
    for key in keys:
        await store.cache_answer("", key, "said")
        clock.advance(40)
    await delete_expired(store, Retention(max_answer_age_s=100, max_answers=1))
    assert [await store.find_cached_answer("", key, 1e9) for key in keys] == [None, None, "said"]


async def test_saved_runs_are_kept_as_long_as_sessions(store: Store, clock: Clock) -> None:
    await store.save_run("", "old", b"{}")
    clock.advance(100)
    await store.save_run("", "new", b"{}")
    await delete_expired(store, Retention(50))
    assert [run.title for run in (await store.list_runs("")).runs] == ["new"]


async def add_attachment(store: Store, name: str) -> None:
    collection = await store.library.open_named_collection("ann")
    with make_text_file(name) as file:
        await store.library.add_document(collection, NewDocument(name, "text", name * 64, 1), file, 10, 0)


async def test_documents_that_came_within_requests_are_kept_as_long_as_sessions(store: Store, clock: Clock) -> None:
    await add_attachment(store, "a")
    clock.advance(100)
    await add_attachment(store, "b")
    await delete_expired(store, Retention())
    assert len((await store.library.list_documents("ann")).documents) == 2
    await delete_expired(store, Retention(50))
    assert [document.name for document in (await store.library.list_documents("ann")).documents] == ["b"]


async def list_unanswered(store: Store) -> list[str]:
    return [each.question for each in (await store.knowledge.list_unanswered()).questions]


async def test_old_questions_that_found_nothing_are_deleted(store: Store, clock: Clock) -> None:
    await store.knowledge.note_unanswered("shop", "old", 10)
    clock.advance(100)
    await store.knowledge.note_unanswered("shop", "new", 10)
    await delete_expired(store, Retention())
    assert sorted(await list_unanswered(store)) == ["new", "old"]
    await delete_expired(store, Retention(max_unanswered_age_s=50))
    assert await list_unanswered(store) == ["new"]


async def test_without_limits_everything_is_kept(store: Store, clock: Clock) -> None:
    await ask(store, await store.create_session("", "old"), "hello")
    await store.cache_answer("", "a" * 64, "said")
    await store.save_run("", "old", b"{}")
    clock.advance(1e9)
    await delete_expired(store, Retention())
    assert await list_names(store) == ["old"]
    assert await store.find_cached_answer("", "a" * 64, 1e12) == "said"
    assert len((await store.list_runs("")).runs) == 1


async def test_sessions_that_never_had_a_turn_are_deleted_after_minutes(store: Store, clock: Clock) -> None:
    await ask(store, await store.create_session("", "used"), "hello")
    await store.create_session("", "empty")
    clock.advance(MAX_EMPTY_AGE_S / 2)
    await delete_expired(store, Retention())
    assert await list_names(store) == ["empty", "used"]
    clock.advance(MAX_EMPTY_AGE_S)
    await delete_expired(store, Retention())
    assert await list_names(store) == ["used"]
