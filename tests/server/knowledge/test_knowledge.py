"""The one function that finds what the knowledge base says."""

from collections.abc import Collection
from types import SimpleNamespace
from typing import Any

import pytest

from server.knowledge.found import Asked
from server.knowledge.knowledge import Knowledge
from server.library.ranking import Hit
from server.store.knowledge_records import CollectionState, DocumentNames
from server.store.library_records import KNOWLEDGE, Passage

pytestmark = pytest.mark.anyio


class FakeSearch:
    """A search in which every collection has one passage that says all of the question, and one that does not."""

    async def search_collections(self, owner: str, ids: Collection[int], query: str, limit: int) -> list[Hit]:
        assert owner == KNOWLEDGE
        good = [Hit(Passage(1, 0, 9, query, id=i), 1.0, 1.0, None, 2, 2, 1.0, 1.0) for i in ids]
        bad = [Hit(Passage(1, 0, 9, "something else", id=-i), 0.1, 0.1, None, 1, 5, 0.1, 0.1) for i in ids]
        return [*good, *bad][:limit]


class FakeStates:
    async def get_states(self, names: Collection[str]) -> dict[str, CollectionState]:
        known = {"shop": CollectionState(4, "shop", frozenset({"a"}))}
        return {name: known[name] for name in names if name in known}

    async def list_names(self, document_ids: Collection[str]) -> list[DocumentNames]:
        return [DocumentNames(document_id, ()) for document_id in document_ids]


def make_knowledge() -> Knowledge:
    store: Any = SimpleNamespace(knowledge=FakeStates())
    search: Any = FakeSearch()
    return Knowledge(store, search)


async def test_what_is_relevant_is_found_and_explained() -> None:
    found = await make_knowledge().find(["shop"], Asked("How long do returns take?"))
    assert [(hit.passage.id, hit.reasons) for hit in found.hits] == [(4, ("words",))]
    assert found.missing == ()
    assert not found.is_empty


async def test_collections_that_there_are_none_of_are_named() -> None:
    found = await make_knowledge().find(["attic", "attic"], Asked("How long do returns take?"))
    assert found.missing == ("attic",)
    assert found.is_empty
