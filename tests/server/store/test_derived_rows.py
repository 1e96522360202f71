"""What is derived from a document as rows."""

import pytest

from server.store import derived_rows
from server.store.derived_rows import make_chunks, read_attributes, read_names
from server.store.knowledge_records import Attribute, Derived, Entity, Faq, Name, Relation
from server.store.knowledge_tables import entities, entity_names, faqs, relation_ends
from server.store.library_records import LibraryDocument

DOCUMENT = LibraryDocument("d", 7, "", "a.csv", "csv", "", 0, None, "reading", None, 0, (), None, 0.0)


def list_rows(derived: Derived) -> dict[str, list[dict[str, object]]]:
    found: dict[str, list[dict[str, object]]] = {}
    for chunk in make_chunks(DOCUMENT, derived):
        for part in chunk:
            found.setdefault(part.table.name, []).extend(part.rows)
    return found


def test_nothing_has_no_rows() -> None:
    assert list(make_chunks(DOCUMENT, Derived())) == []


def test_chunks_are_small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(derived_rows, "MAX_STORED", 2)
    many = Derived(
        [Faq(str(n), "") for n in range(5)],
        [Entity(f"K{n}", "product", (Name(f"N{n}"),)) for n in range(5)],
        [Relation(f"K{n}", "fits", f"K{n + 1}") for n in range(2)],
    )
    chunks = [[(part.table, len(part.rows)) for part in chunk] for chunk in make_chunks(DOCUMENT, many)]
    assert chunks == [
        [(faqs, 2)],
        [(faqs, 2)],
        [(faqs, 1)],
        [(entities, 2), (entity_names, 4)],
        [(entities, 2), (entity_names, 4)],
        [(entities, 1), (entity_names, 2)],
        [(relation_ends, 4)],
    ]


def test_a_key_is_one_of_the_names_and_each_name_is_there_once() -> None:
    entity = Entity("TS-01", "product", (Name("Breeze"), Name("BREEZE"), Name("ts01"), Name("海風")))
    rows = list_rows(Derived((), [entity]))["entity_names"]
    assert [(row["entity"], row["folded"]) for row in rows] == [
        ("ts01", "breeze"),
        ("ts01", "ts01"),
        ("ts01", "海风"),
    ]


def test_a_relation_is_there_from_both_ends_in_order() -> None:
    relations = [Relation("B", "fits", "A", 3), Relation("A", "replaces", "B", 4), Relation("b", "fits", "a", 5)]
    rows = list_rows(Derived((), (), relations))["relation_ends"]
    assert [(row["position"], row["near"], row["far"], row["is_reversed"], row["passage"]) for row in rows] == [
        (0, "b", "a", False, 3),
        (0, "a", "b", True, 3),
        (1, "a", "b", False, 4),
        (1, "b", "a", True, 4),
    ]


def test_names_and_attributes_come_back() -> None:
    entity = Entity("K", "product", (Name("壶", "zh"), Name("Kettle")), (Attribute("price", "9\0"),))
    (row,) = list_rows(Derived((), [entity]))["entities"]
    names, attributes = row["names"], row["attributes"]
    assert isinstance(names, list)
    assert isinstance(attributes, list)
    assert read_names(names) == entity.names
    assert read_attributes(attributes) == (Attribute("price", "9\ufffd"),)
