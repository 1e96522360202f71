"""The library: what is let in, what is read only once, who waits, and what is shown."""

import asyncio
from contextlib import suppress
from dataclasses import replace
from typing import Any

import pytest

from server.engine.fair_budget import FairBudget
from server.errors import DocumentRefused, DocumentsBusy, DocumentTooBig, PageNotDrawn
from server.library.library import Library, LibraryLimits
from server.settings.settings import Settings
from server.store.errors import (
    DocumentNotFound,
    LibraryFull,
    NameTaken,
    PageNotFound,
    SessionNotFound,
    TooManyDocuments,
)
from server.store.library_records import KNOWLEDGE, Collection, LibraryDocument
from server.store.store import Store
from tests.helpers.fake_reading import PICTURE, FakeProcesses, make_text_file

pytestmark = pytest.mark.anyio

LIMITS = LibraryLimits.of(Settings())


class Room:
    """A library over a store and fake processes, and the session of each user."""

    def __init__(self, store: Store, **limits: int) -> None:
        self.sessions = store
        self.store, self.processes = store.library, FakeProcesses()
        self.library = Library(store.library, self.processes, replace(LIMITS, **limits))

    async def open(self, user_id: str = "one", owner: str = "ann") -> Collection:
        with suppress(NameTaken):
            await self.sessions.create_session(owner, user_id)
        session = await self.sessions.get_session_by_name(owner, user_id)
        return await self.store.open_session_collection(owner, session.id)

    async def add(
        self, text: str, user_id: str = "one", owner: str = "ann", password: str | None = None, name: str = "a.pdf"
    ) -> LibraryDocument:
        with make_text_file(text) as file:
            return await self.library.add(owner, await self.open(user_id, owner), name, file, password)

    async def wait(self, *documents: LibraryDocument) -> list[LibraryDocument]:
        ids = [document.id for document in documents]
        return await self.library.wait_until_read(documents[0].owner, ids, 20)


@pytest.fixture
def room(store: Store) -> Room:
    return Room(store)


async def test_a_document_is_opened_stored_and_read(room: Room) -> None:
    document = await room.add("macros one\ftwo", name="../a/b\\prices\u202e\n.pdf")
    assert (document.name, document.kind, document.state, document.num_pages) == ("prices.pdf", "pdf", "reading", 2)
    assert document.warnings == [{"code": "macros", "values": {}}]
    async with room.library.read_in_background():
        (ready,) = await room.wait(document)
    assert (ready.state, ready.num_pages_read) == ("ready", 2)


@pytest.mark.parametrize(
    ("text", "password", "code"),
    [("", None, "empty"), ("locked", None, "encrypted"), ("locked", "x", "wrong_password")],
)
async def test_what_cannot_be_opened_is_refused_and_not_stored(
    room: Room, text: str, password: str | None, code: str
) -> None:
    with pytest.raises(DocumentRefused) as raised:
        await room.add(text, password=password)
    assert (raised.value.code, raised.value.status) == (code, 400)
    assert raised.value.texts["zh"] != raised.value.texts["en"]
    assert (await room.store.list_documents("ann")).documents == ()


async def test_the_same_file_is_the_same_document_and_read_once(room: Room) -> None:
    first, second = await asyncio.gather(room.add("one"), room.add("one"))
    assert first.id == second.id
    async with room.library.read_in_background():
        await room.wait(first)
    assert (await room.add("one")).state == "ready"
    assert room.processes.opened == ["a.pdf"] * 2  # once to let it in, once to read it


async def test_a_file_that_was_read_is_copied_to_another_session(room: Room) -> None:
    first = await room.add("one\ftwo")
    async with room.library.read_in_background():
        await room.wait(first)
        copy = await room.add("one\ftwo", "other", name="b.pdf")
    assert copy.id != first.id
    assert (copy.state, copy.name, copy.num_pages_read) == ("ready", "b.pdf", 2)
    assert [passage.text for passage in await room.store.list_passages([copy.id])] == ["one", "two"]
    assert len(room.processes.opened) == 2


async def test_other_owners_share_nothing(room: Room) -> None:
    first, other = await room.add("one"), await room.add("one", owner="bob")
    assert first.id != other.id
    with pytest.raises(DocumentNotFound):
        await room.library.delete("bob", first.id)
    with pytest.raises(DocumentNotFound):
        await room.library.render_page("bob", first.id, 1, 10, 10)


async def test_the_password_of_an_encrypted_document_is_needed_again(room: Room) -> None:
    document = await room.add("locked", password="secret")
    with pytest.raises(DocumentRefused, match="encrypted"):
        await room.add("locked")
    assert (await room.add("locked", password="secret")).id == document.id
    async with room.library.read_in_background():
        (ready,) = await room.wait(document)
    assert ready.state == "ready"


@pytest.mark.parametrize(
    ("limits", "error"),
    [
        ({"max_document_bytes": 2}, DocumentTooBig),
        ({"max_documents": 1}, TooManyDocuments),
        ({"max_library_bytes": 5}, LibraryFull),
        ({"max_waiting": 1}, DocumentsBusy),
    ],
)
async def test_limits(store: Store, limits: dict[str, int], error: type[Exception]) -> None:
    room = Room(store, **limits)
    with pytest.raises(error):
        await asyncio.gather(room.add("one"), room.add("two"))
    assert len((await room.store.list_documents("ann")).documents) <= 1


async def test_the_limit_of_a_session_does_not_hold_for_others_nor_for_attachments(store: Store) -> None:
    room = Room(store, max_documents=1)
    await room.add("one")
    await room.add("two", "other")
    attachments = await room.store.open_named_collection("ann")
    for text in ("three", "four"):
        with make_text_file(text) as file:
            await room.library.add("ann", attachments, "a.txt", file)


async def test_a_hundred_at_once_stay_within_the_limit(store: Store) -> None:
    room = Room(store, max_waiting=10)
    collection = await room.open()

    async def add(number: int) -> LibraryDocument:
        with make_text_file(f"text {number}") as file:
            return await room.library.add("ann", collection, "a.txt", file)

    added = await asyncio.gather(*map(add, range(100)), return_exceptions=True)
    refused = [result for result in added if isinstance(result, DocumentsBusy)]
    stored = (await room.store.list_documents("ann", 200)).documents
    assert len(stored) == 100 - len(refused) <= 10
    assert len(stored) >= 1
    async with room.library.read_in_background():
        await room.wait(*stored)
        await room.add("now there is room")


async def test_a_document_of_a_session_that_was_deleted_is_refused(room: Room) -> None:
    collection = await room.open()
    assert collection.session_id is not None
    await room.sessions.delete_session("ann", collection.session_id)
    with pytest.raises(SessionNotFound), make_text_file("one") as file:
        await room.library.add("ann", collection, "a.txt", file)


async def test_a_document_counts_as_use_of_its_session(room: Room) -> None:
    await room.open()
    before = await room.sessions.get_session_by_name("ann", "one")
    await room.add("one")
    assert (await room.sessions.get_session_by_name("ann", "one")).updated_s > before.updated_s


async def test_waiting_ends_with_its_time(room: Room) -> None:
    document = await room.add("one\fslow")
    async with room.library.read_in_background():
        (unread,) = await room.library.wait_until_read("ann", [document.id], 0.3)
        assert (unread.state, unread.num_pages_read) == ("reading", 1)
        assert await room.library.wait_until_read("ann", [], 1) == []
        room.processes.gate.set()
        (ready,) = await room.wait(document)
    assert ready.state == "ready"


async def test_whoever_watches_sees_progress_and_the_end(room: Room) -> None:
    document, seen = await room.add("one\fslow\fthree"), []
    async with room.library.read_in_background():
        async for (now,) in room.library.watch("ann", [document.id]):
            seen.append((now.state, now.num_pages_read))
            if now.num_pages_read:
                room.processes.gate.set()
    assert ("reading", 1) in seen
    assert seen[-1] == ("ready", 3)
    assert seen == sorted(seen, key=lambda item: item[1])


async def test_watching_ends_when_the_server_stops(room: Room) -> None:
    document = await room.add("slow")
    states: Any = room.library.watch("ann", [document.id])
    async with room.library.read_in_background():
        await anext(states)
    assert [documents async for documents in states] == []


async def test_a_deleted_document_is_not_waited_for(room: Room) -> None:
    document = await room.add("slow")
    async with room.library.read_in_background():
        waiting = asyncio.create_task(room.wait(document))
        await asyncio.sleep(0.05)
        await room.library.delete("ann", document.id)
        with pytest.raises(DocumentNotFound):
            await waiting


async def test_pages_are_drawn(room: Room) -> None:
    document = await room.add("one\ftwo undrawn")
    assert await room.library.render_page("ann", document.id, 1, 30, 40) == PICTURE + b"1 in 30 x 40"
    for number in (0, 3):
        with pytest.raises(PageNotFound):
            await room.library.render_page("ann", document.id, number, 30, 40)
    with pytest.raises(DocumentRefused):
        await room.library.render_page("ann", document.id, 2, 30, 40)


async def test_a_page_takes_the_turn_of_who_looks_at_it(room: Room) -> None:
    document = await room.add("one")
    drawings = room.library._drawings
    held = [await drawings.acquire(1, "bob") for _ in range(drawings.total)]
    looks = {}
    for viewer in ("bob", "eve"):
        looks[viewer] = asyncio.create_task(room.library.render_page("ann", document.id, 1, 30, 40, viewer=viewer))
        await asyncio.sleep(0)
    while drawings.num_waiting < len(looks):
        await asyncio.sleep(0.005)
    held.pop().release()
    assert (await looks["eve"]).endswith(b"1 in 30 x 40")
    for lease in held:
        lease.release()
    assert (await looks["bob"]).endswith(b"1 in 30 x 40")


async def test_nobody_who_sends_or_looks_at_a_document_waits_until_another_is_read(store: Store) -> None:
    room, opening = Room(store), FakeProcesses(1)
    room.processes.places = FairBudget(1)
    room.library = Library(store.library, room.processes, LIMITS, opening=opening)
    long = await room.add("one\fslow")
    async with room.library.read_in_background(), asyncio.timeout(20):
        while not room.processes.opened:
            await asyncio.sleep(0.005)
        assert (await room.add("two")).state == "reading"
        assert await room.library.render_page("ann", long.id, 1, 30, 40) == PICTURE + b"1 in 30 x 40"
        room.processes.gate.set()
        assert [document.state for document in await room.wait(long)] == ["ready"]


async def test_pages_of_other_kinds_are_not_drawn(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    document = await room.add("one")
    monkeypatch.setattr("server.library.library.DRAWN_KINDS", ("picture",))
    with pytest.raises(PageNotDrawn, match="pdf"):
        await room.library.render_page("ann", document.id, 1, 30, 40)


async def test_documents_of_a_session_are_listed(room: Room) -> None:
    collection = await room.open()
    assert collection.session_id is not None
    added = [await room.add("one"), await room.add("two")]
    assert await room.library.list_session("ann", collection.session_id) == tuple(added)
    assert await room.library.list_session("bob", collection.session_id) == ()


async def add_known(room: Room, text: str = "one", name: str = "a.csv", **given: Any) -> LibraryDocument:
    await room.sessions.knowledge.put_collection("shop")
    collection = await room.sessions.knowledge.open_collection("shop")
    with make_text_file(text) as file:
        return await room.library.add(KNOWLEDGE, collection, name, file, **given)


async def test_a_document_of_the_knowledge_base_keeps_its_role_and_its_source(room: Room) -> None:
    document = await add_known(room, role="faq", source="shop/a.csv")
    assert (document.role, document.source, document.owner) == ("faq", "shop/a.csv", KNOWLEDGE)


async def test_the_same_file_under_the_same_name_and_for_the_same_role_is_one_document(room: Room) -> None:
    first = await add_known(room, role="faq")
    assert (await add_known(room, role="faq")).id == first.id
    assert (await add_known(room)).id == first.id, "any role is this one too"
    others = [
        await add_known(room, role="products"),
        await add_known(room, name="b.csv", role="faq"),
        await add_known(room, role="faq", source="a.csv"),
    ]
    assert len({first.id, *(other.id for other in others)}) == 4


async def test_a_file_of_another_collection_is_read_for_itself(room: Room) -> None:
    first = await add_known(room)
    async with room.library.read_in_background():
        await room.wait(first)
        await room.sessions.knowledge.put_collection("other")
        other = await room.sessions.knowledge.open_collection("other")
        with make_text_file("one") as file:
            second = await room.library.add(KNOWLEDGE, other, "a.csv", file)
        assert (second.id != first.id, second.state) == (True, "reading")
        await room.wait(second)
    assert len(room.processes.opened) == 4


async def test_collections_of_the_knowledge_base_have_their_own_limits(store: Store) -> None:
    room = Room(store, max_documents=0, max_library_bytes=1, max_collection_documents=2, max_knowledge_bytes=10)
    await add_known(room, "one")
    with pytest.raises(LibraryFull):
        await add_known(room, "much more")
    await add_known(room, "two")
    with pytest.raises(TooManyDocuments):
        await add_known(room, "3")
