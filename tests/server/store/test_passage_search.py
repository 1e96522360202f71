"""The first step of the search: the same in both databases, and nothing of others in it."""

from pathlib import Path

import numpy as np
import pytest

from server.store.library_records import KNOWLEDGE
from server.store.library_store import LibraryStore
from server.store.passage_index import count_tokens
from server.store.passage_search import choose_rare, compute_idf, rank_entries
from server.store.store import Store
from tests.helpers.knowledge import add_knowledge, begin_knowledge
from tests.helpers.read_documents import add_read

pytestmark = pytest.mark.anyio

TEXTS = ("退货要在七天内", "退货退货", "保修两年", "model AB-123", "model AB-124")


async def find(library: LibraryStore, collection_id: int, **weights: float) -> list[str]:
    found = await library.search_collections("shop", [collection_id], weights, 10)
    return [passage.text for passage in found.passages]


async def test_the_passages_with_the_rarest_tokens_come_first(store: Store, tmp_path: Path) -> None:
    collection = await store.library.open_named_collection("shop", "help")
    await add_read(store.library, collection, tmp_path, "a.txt", TEXTS)
    assert await find(store.library, collection.id, 退货=1, 七天=1, model=1) == [TEXTS[1], TEXTS[0], *TEXTS[3:]]
    assert await find(store.library, collection.id, ab124=1, model=1) == [TEXTS[4], TEXTS[3]]
    assert await find(store.library, collection.id, nothing=1) == []


async def test_frequencies_are_those_of_what_is_searched(store: Store, tmp_path: Path) -> None:
    library = store.library
    collection = await library.open_named_collection("shop", "help")
    first = await add_read(library, collection, tmp_path, "a.txt", TEXTS[:3])
    second = await add_read(library, collection, tmp_path, "b.txt", TEXTS[1:])
    theirs = await library.open_named_collection("rival", "help")
    await add_read(library, theirs, tmp_path, "c.txt", TEXTS)
    weights = {"退货": 1.0, "保修": 1.0}
    whole = await library.search_documents("shop", [first.id, second.id], weights, 10)
    assert (whole.num_passages, whole.frequencies) == (7, {"退货": 3, "保修": 2})
    one = await library.search_documents("shop", [second.id], weights, 10)
    assert (one.num_passages, one.frequencies) == (4, {"退货": 1, "保修": 1})
    assert {passage.document_id for passage in one.passages} == {second.id}
    assert one.mean_tokens == pytest.approx(sum(map(len, map(passage_tokens, TEXTS[1:]))) / 4)


def passage_tokens(text: str) -> list[str]:
    return list(count_tokens(text, ("b.txt",)).elements())


async def test_documents_without_passages_leave_a_collection_whole(store: Store, tmp_path: Path) -> None:
    collection = await store.library.open_named_collection("shop", "help")
    document = await add_read(store.library, collection, tmp_path, "a.txt", TEXTS)
    await add_read(store.library, collection, tmp_path, "unreadable.pdf", [])
    found = await store.library.search_documents("shop", [document.id], {"退货": 1.0}, 10)
    assert (found.scope.only, found.num_passages) == (None, 5)
    await add_read(store.library, collection, tmp_path, "b.txt", TEXTS[:1])
    found = await store.library.search_documents("shop", [document.id], {"退货": 1.0}, 10)
    assert found.scope.only is not None
    assert (sorted(found.scope.only.tolist()), found.num_passages) == (sorted(await list_ids(store, document.id)), 5)


async def list_ids(store: Store, document_id: str) -> list[int]:
    return [passage.id for passage in await store.library.list_passages([document_id])]


async def test_what_others_have_is_not_found(store: Store, tmp_path: Path) -> None:
    theirs = await store.library.open_named_collection("rival", "help")
    document = await add_read(store.library, theirs, tmp_path, "a.txt", TEXTS)
    assert await find(store.library, theirs.id, 退货=1) == []
    found = await store.library.search_documents("shop", [document.id], {"退货": 1.0}, 10)
    assert (found.passages, found.num_passages) == ((), 0)


async def test_what_others_store_changes_nothing(store: Store, tmp_path: Path) -> None:
    library = store.library
    ours = await library.open_named_collection("shop", "help")
    await add_read(library, ours, tmp_path, "a.txt", TEXTS)
    before = await library.search_collections("shop", [ours.id], {"退货": 1.0}, 10)
    for owner, name in (("rival", "help"), ("shop", "other")):
        await add_read(library, await library.open_named_collection(owner, name), tmp_path, "b.txt", TEXTS)
    assert await library.search_collections("shop", [ours.id], {"退货": 1.0}, 10) == before


async def test_several_collections_are_searched_as_one(store: Store, tmp_path: Path) -> None:
    library = store.library
    ids = []
    for name in ("a", "b"):
        collection = await library.open_named_collection("shop", name)
        await add_read(library, collection, tmp_path, f"{name}.txt", TEXTS)
        ids.append(collection.id)
    found = await library.search_collections("shop", ids, {"保修": 1.0}, 10)
    assert (found.num_passages, found.frequencies, len(found.passages)) == (10, {"保修": 2}, 2)


def test_rare_tokens_are_looked_up_first_and_one_in_any_case() -> None:
    frequencies = {"of": 900, "b": 30, "a": 30, "none": 0}
    assert choose_rare(frequencies, most=60) == ["a", "b"]
    assert choose_rare({"of": 900}, most=60) == ["of"]
    assert choose_rare({"none": 0}) == []


def test_entries_are_ranked_by_weight_then_by_number() -> None:
    entries = {"a": np.array([7, 3]), "b": np.array([3]), "c": np.array([5, 9]), "d": np.array([], dtype=np.int64)}
    assert rank_entries(entries, {"a": 1.0, "b": 1.0, "c": 1.0, "d": 9.0}, 4) == [3, 5, 7, 9]
    assert rank_entries(entries, {"a": 1.0, "b": 1.0, "c": 3.0, "d": 9.0}, 2) == [5, 9]
    assert rank_entries({}, {}, 3) == []


def test_a_rarer_token_weighs_more_and_none_less_than_nothing() -> None:
    assert compute_idf(0, 10) > compute_idf(1, 10) > compute_idf(10, 10) > 0


MANY = [f"退货 {number}" for number in range(60)]


async def test_what_is_not_ready_in_the_knowledge_base_changes_nothing(store: Store, tmp_path: Path) -> None:
    library, number = store.library, (await store.knowledge.put_collection("shop"))[0].id
    await add_knowledge(store, "shop", tmp_path, "a.txt", TEXTS)
    weights = {"退货": 1.0, "保修": 1.0, "nothing": 1.0}
    before = await library.search_collections(KNOWLEDGE, [number], weights, 5)
    assert [passage.text for passage in before.passages] == [TEXTS[2], TEXTS[1], TEXTS[0]]
    reading = await begin_knowledge(store, "shop", tmp_path, "b.txt", MANY)
    failed = await begin_knowledge(store, "shop", tmp_path, "c.txt", MANY)
    await library.finish_document(failed.id, 1, (), {"code": "broken"})
    found = await library.search_collections(KNOWLEDGE, [number], weights, 5)
    assert (found.passages, found.frequencies) == (before.passages, before.frequencies)
    assert (found.num_passages, found.mean_tokens) == (before.num_passages, before.mean_tokens)
    hidden = await list_ids(store, reading.id)
    assert await library.get_passages(KNOWLEDGE, hidden) == {}
    await library.finish_document(reading.id, 1, ())
    after = await library.search_collections(KNOWLEDGE, [number], weights, 100)
    assert (len(after.passages), after.frequencies["退货"]) == (63, 62)
    assert len(await library.get_passages(KNOWLEDGE, hidden)) == 60


async def test_frequencies_never_exceed_what_is_found(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("server.store.passage_search.choose_rare", lambda _frequencies: ["保修"])
    number = (await store.knowledge.put_collection("shop"))[0].id
    await add_knowledge(store, "shop", tmp_path, "a.txt", TEXTS)
    await begin_knowledge(store, "shop", tmp_path, "b.txt", MANY)
    found = await store.library.search_collections(KNOWLEDGE, [number], {"退货": 1.0, "保修": 1.0}, 5)
    assert [passage.text for passage in found.passages] == [TEXTS[2]]
    assert all(0 < count <= found.num_passages for count in found.frequencies.values())
