"""Who waits for a document is woken when it changes, and nobody else."""

import asyncio

import pytest

from server.library.changes import Changes
from server.store.library_records import LibraryDocument
from tests.helpers import fake_library

pytestmark = pytest.mark.anyio


async def is_woken(waiting: "asyncio.Task[None]") -> bool:
    await asyncio.wait([waiting], timeout=0.02)
    return waiting.done()


async def test_only_those_of_the_document_are_woken() -> None:
    changes = Changes()
    with changes.watch(["a", "b"]) as one, changes.watch(["c"]) as other:
        waiting, idle = asyncio.create_task(one.wait(10)), asyncio.create_task(other.wait(10))
        changes.note("b")
        assert await is_woken(waiting)
        assert not await is_woken(idle)
        changes.end()
        assert await is_woken(idle)
    assert changes.is_over
    changes.note("a")  # nobody is left


async def test_what_changed_before_is_not_missed_until_it_is_cleared() -> None:
    changes = Changes()
    with changes.watch(["a"]) as signal:
        changes.note("a")
        await signal.wait(10)
        signal.clear()
        waiting = asyncio.create_task(signal.wait(10))
        assert not await is_woken(waiting)
        waiting.cancel()


async def test_waiting_ends_in_time() -> None:
    with Changes().watch(["a", "a"]) as signal:
        await signal.wait(0.01)


def make_document(owner: str) -> LibraryDocument:
    return fake_library.make_document("a", owner=owner)


async def test_all_of_an_owner_look_at_once_and_see_what_has_changed() -> None:
    changes, loaded, document_of = Changes(), [], {"ann": make_document("ann"), "bob": make_document("bob")}

    async def load(owner: str, document_id: str) -> LibraryDocument:
        loaded.append((owner, document_id))
        await asyncio.sleep(0)
        return document_of[owner]

    with changes.watch(["a"]):
        seen = await asyncio.gather(*(changes.look(owner, "a", load) for owner in ("ann", "bob") for _ in range(100)))
        assert loaded == [("ann", "a"), ("bob", "a")]
        assert [document.owner for document in seen] == ["ann"] * 100 + ["bob"] * 100
        changes.note("a")
        await changes.look("ann", "a", load)
        assert len(loaded) == 3
    with changes.watch(["a"]):
        await changes.look("ann", "a", load)  # what was seen is forgotten with the last who watched
    assert len(loaded) == 4


async def test_one_who_leaves_does_not_end_the_look_of_others() -> None:
    changes, gate = Changes(), asyncio.Event()

    async def load(owner: str, _: str) -> LibraryDocument:
        await gate.wait()
        return make_document(owner)

    with changes.watch(["a"]):
        first, second = (asyncio.create_task(changes.look("ann", "a", load)) for _ in range(2))
        await asyncio.sleep(0)
        first.cancel()
        gate.set()
        assert (await second).owner == "ann"
