"""The product graph, as operators look at it."""

from typing import Any

import pytest
from litestar.testing import TestClient

from tests.helpers.knowledge_client import ENGLISH, Documents
from tests.helpers.stocked_store import SHEET


def list_keys(client: TestClient[Any], **query: Any) -> list[str]:
    response = client.get("/graph/shop", params=query)
    assert response.status_code == 200, response.text
    return [entity["key"] for entity in response.json()["entities"]]


def test_entities_are_listed_with_all_counts(client: TestClient[Any], documents: Documents) -> None:
    listed = client.get("/graph/shop?kind=variant").json()
    assert listed["kinds"] == {"product": 2, "variant": 1}
    assert listed["relations"] == {"variant_of": 1, "fits": 1}
    assert listed["entities"] == [
        {
            "key": "AH-218/红",
            "kind": "variant",
            "name": "red linen shirt",
            "names": ["red linen shirt"],
            "documents": [documents[SHEET].id],
        }
    ]
    assert listed["next_cursor"] is None


def test_entities_come_in_pages_by_key(client: TestClient[Any]) -> None:
    first = client.get("/graph/shop?limit=2").json()
    rest = client.get("/graph/shop", params={"limit": 2, "cursor": first["next_cursor"]}).json()
    keys = [entity["key"] for entity in (*first["entities"], *rest["entities"])]
    assert sorted(keys) == sorted(list_keys(client))
    assert len(keys) == 3
    assert rest["next_cursor"] is None


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"q": "BELT"}, ["BE-7"]),
        ({"q": "亚麻"}, ["AH-218"]),
        ({"q": "boat"}, []),
        ({"q": " "}, ["AH-218", "AH-218/红", "BE-7"]),
        ({"kind": "fault"}, []),
    ],
)
def test_entities_are_found_by_name_and_kind(
    client: TestClient[Any], query: dict[str, str], expected: list[str]
) -> None:
    assert sorted(list_keys(client, **query)) == expected


@pytest.mark.parametrize("query", ["kind=boat", "limit=0", "limit=201", "cursor=%00", "colour=red"])
@pytest.mark.parametrize("language", ["en", "zh"])
def test_what_cannot_be_listed_is_refused(client: TestClient[Any], query: str, language: str) -> None:
    response = client.get(f"/graph/shop?{query}", headers={"Accept-Language": language})
    assert response.status_code == 400
    assert response.json()["error"].isascii() == (language == "en")


def test_an_entity_is_shown_with_where_each_thing_stands(client: TestClient[Any], documents: Documents) -> None:
    shown = client.get("/graph/shop/entity", params={"key": "AH-218"}).json()
    place = {"document": documents[SHEET].id, "document_name": SHEET, "page": 1}
    assert shown["entity"] == {
        "key": "AH-218",
        "kind": "product",
        "name": "linen shirt",
        "names": ["linen shirt", "亚麻衬衫"],
        "attributes": [{"name": "material", "value": "linen", **place}],
    }
    assert sorted(node["key"] for node in shown["nodes"]) == ["AH-218", "AH-218/红", "BE-7"]
    edges = {(edge["from"], edge["kind"], edge["to"]): edge for edge in shown["edges"]}
    assert set(edges) == {("AH-218/红", "variant_of", "AH-218"), ("BE-7", "fits", "AH-218")}
    assert edges["BE-7", "fits", "AH-218"] == {
        "from": "BE-7",
        "to": "AH-218",
        "kind": "fits",
        "steps": 1,
        **place,
    }
    assert shown["is_cut"] is False


@pytest.mark.parametrize(("steps", "expected"), [(1, ["AH-218", "BE-7"]), (2, ["AH-218", "AH-218/红", "BE-7"])])
def test_the_steps_say_how_far_to_look(client: TestClient[Any], steps: int, expected: list[str]) -> None:
    shown = client.get("/graph/shop/entity", params={"key": "BE-7", "steps": steps}).json()
    assert sorted(node["key"] for node in shown["nodes"]) == expected
    assert max(edge["steps"] for edge in shown["edges"]) == steps


def test_a_key_may_have_any_characters(client: TestClient[Any]) -> None:
    response = client.get("/graph/shop/entity", params={"key": "AH-218/红"})
    assert (response.status_code, response.json()["entity"]["name"]) == (200, "red linen shirt")
    assert client.get("/graph/shop/entity?key=ah-218").json()["entity"]["key"] == "AH-218"
    for key in ("a/../b?&=#", "%2F", "'; drop table entities; --", "\u0000", "𝔘", "x" * 5000):
        assert client.get("/graph/shop/entity", params={"key": key}).status_code == 404, key


def test_what_is_not_there_is_404(client: TestClient[Any]) -> None:
    unknown = client.get("/graph/shop/entity?key=nothing", headers=ENGLISH)
    assert (unknown.status_code, unknown.json()["error"]) == (404, "the product graph has no entity 'nothing'")
    assert client.get("/graph/shop/entity?key=nothing").json()["error"] == "商品图谱中没有这一项"
    for path in ("/graph/nothing", "/graph/nothing/entity?key=AH-218", "/graph/drafts/entity?key=AH-218"):
        assert client.get(path).status_code == 404


@pytest.mark.parametrize("query", ["", "key=", "key=a&steps=0", "key=a&steps=3", "key=a&steps=x", "key=a&q=b"])
def test_what_cannot_be_shown_is_refused(client: TestClient[Any], query: str) -> None:
    assert client.get(f"/graph/shop/entity?{query}").status_code == 400
