"""Which products passages are rows of."""

import pytest

from server.knowledge.rows import DocumentRows, Rows
from server.store.knowledge_records import CollectionState, DocumentNames
from server.store.store import Store
from tests.helpers.fake_library import make_passage
from tests.server.knowledge.conftest import make_entity

pytestmark = pytest.mark.anyio


def make_rows(*entities: tuple[str, str, int]) -> DocumentRows:
    made = [make_entity(key, kind, key, "", (), passage) for key, kind, passage in entities]
    return DocumentRows.of(DocumentNames("d", tuple(made)))


def test_a_row_reaches_to_the_next_product() -> None:
    rows = make_rows(("A", "product", 1), ("B", "variant", 4))
    assert [rows.find_keys(position) for position in (0, 1, 3, 4, 9)] == [set(), {"a"}, {"a"}, {"b"}, {"b"}]


async def test_places_of_keys_are_in_their_order(store: Store, shop: CollectionState) -> None:
    rows = Rows(store.knowledge)
    assert rows.find_places([shop], ["ts101"]) == []
    await rows.load([shop])
    places = rows.find_places([shop], ["ts102", "ts101", "nothing", "ts102"])
    assert [position for _, position in places] == [2, 1]
    document_id = places[0][0]
    assert document_id in shop.document_ids
    assert rows.find_keys(make_passage("x", 2, document_id=document_id)) == {"ts102"}
    assert rows.find_keys(make_passage("x", 2)) == set()
