"""Saved runs in both databases."""

import pytest

from server.store.errors import BadCursor, RunNotFound
from server.store.store import Store
from tests.helpers.clock import Clock

pytestmark = pytest.mark.anyio


async def list_titles(store: Store, owner: str) -> list[str]:
    return [run.title for run in (await store.list_runs(owner)).runs]


async def test_a_run_comes_back_as_it_was(store: Store) -> None:
    body = b'{"msgs": ["\xe6\x98\xaf \\u0000"], "n": 100000000000000000000000}'
    saved = await store.save_run("ann", "是\x00\ud83d", body)
    run, found = await store.get_run(saved.id)
    assert found == body
    assert (run.title, run.created_s) == ("是\ufffd\ufffd", saved.created_s)


async def test_ids_are_of_128_random_bits(store: Store) -> None:
    ids = [(await store.save_run("ann", "a", b"{}")).id for _ in range(8)]
    assert len(set(ids)) == 8
    assert {len(bytes.fromhex(run_id)) for run_id in ids} == {16}
    # Of random UUIDs these six bits would always be the same.
    assert len({(run_id[12], run_id[16]) for run_id in ids}) > 1


async def test_whoever_has_the_id_reads_it_but_only_its_owner_lists_and_deletes(store: Store) -> None:
    run = await store.save_run("ann", "a", b"{}")
    assert (await store.get_run(run.id))[0] == run
    assert await list_titles(store, "bob") == []
    with pytest.raises(RunNotFound):
        await store.delete_run("bob", run.id)
    assert await list_titles(store, "ann") == ["a"]
    await store.delete_run("ann", run.id)
    with pytest.raises(RunNotFound, match="there is no run"):
        await store.get_run(run.id)
    with pytest.raises(RunNotFound):
        await store.delete_run("ann", run.id)


async def test_the_owners_oldest_runs_beyond_a_number_are_deleted(store: Store, clock: Clock) -> None:
    await store.save_run("bob", "bob's", b"{}", 2)
    for title in "abcd":
        clock.advance(1)
        await store.save_run("ann", title, b"{}", 2)
    assert await list_titles(store, "ann") == ["d", "c"]
    assert await list_titles(store, "bob") == ["bob's"]
    await store.save_run("ann", "e", b"{}")
    assert await list_titles(store, "ann") == ["e", "d", "c"]


async def test_old_runs_expire(store: Store, clock: Clock) -> None:
    for title in "abc":
        await store.save_run("ann", title, b"{}")
        clock.advance(10)
    assert await store.expire_runs(25.0) == 1
    assert await store.expire_runs(25.0) == 0
    assert await list_titles(store, "ann") == ["c", "b"]


async def test_pages_hold_every_run_once_also_those_of_one_moment(store: Store, clock: Clock) -> None:
    for number in range(7):
        clock.advance(-(number % 2))
        await store.save_run("ann", str(number), b"{}")
    found: list[str] = []
    cursor = None
    for size in (3, 3, 1):
        page = await store.list_runs("ann", 3, cursor)
        assert len(page.runs) == size
        assert [run.created_s for run in page.runs] == sorted((run.created_s for run in page.runs), reverse=True)
        found += [run.title for run in page.runs]
        cursor = page.next_cursor
    assert cursor is None
    assert sorted(found) == list("0123456")
    with pytest.raises(BadCursor):
        await store.list_runs("ann", 3, "yesterday")


@pytest.mark.parametrize("run_id", ["", "x" * 5000, "\x00", "\ud83d", "0" * 32])
async def test_a_strange_id_is_not_found(store: Store, run_id: str) -> None:
    with pytest.raises(RunNotFound):
        await store.get_run(run_id)
