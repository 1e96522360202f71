"""Collections are made, titled, listed and deleted."""

from typing import Any

import pytest
from litestar.testing import TestClient

from tests.helpers.knowledge_client import ENGLISH
from tests.helpers.pictures import png


def list_names(client: TestClient[Any]) -> list[str]:
    return [each["name"] for each in client.get("/collections").json()["collections"]]


def test_a_collection_is_shown_with_how_much_is_in_it(client: TestClient[Any]) -> None:
    shown = client.get("/collections/shop").json()
    assert shown.pop("created_s") > 0
    assert shown == {
        "name": "shop",
        "title": "A shop",
        "documents": 2,
        "reading": 0,
        "failed": 0,
        "passages": 3,
        "faqs": 0,
        "entities": 3,
    }
    listed = client.get("/collections").json()["collections"]
    assert [each["name"] for each in listed] == sorted(each["name"] for each in listed)
    assert client.get("/collections/shop").json() in listed


@pytest.mark.parametrize("name", ["faq-2.1", "常见问题", "Ää_1"])
def test_a_collection_is_made_once_and_titled_again(client: TestClient[Any], name: str) -> None:
    made = client.put(f"/collections/{name}", json={"title": "问答"})
    assert (made.status_code, made.json()["name"], made.json()["title"]) == (201, name, "问答")
    again = client.put(f"/collections/{name}", json={"title": None})
    assert (again.status_code, again.json()["title"]) == (200, None)
    assert again.json()["created_s"] == made.json()["created_s"]
    assert client.delete(f"/collections/{name}").status_code == 204
    assert name not in list_names(client)


def test_a_title_is_not_needed(client: TestClient[Any]) -> None:
    assert client.put("/collections/bare").status_code == 201
    assert client.get("/collections/bare").json()["title"] is None
    assert client.put("/collections/bare", json={"title": "Bare"}).status_code == 200
    for again in (client.put("/collections/bare"), client.put("/collections/bare", json={})):
        assert again.json()["title"] == "Bare"
    assert client.delete("/collections/bare").status_code == 204


@pytest.mark.parametrize("path", ["", "/documents", "/documents/x", "/search?q=a"])
def test_what_is_not_there_is_404(client: TestClient[Any], path: str) -> None:
    response = client.get(f"/collections/nothing{path}", headers=ENGLISH)
    assert (response.status_code, response.json()["error"]) == (404, "there is no collection 'nothing'")
    assert client.get(f"/collections/nothing{path}").json()["error"] == "集合不存在"


def test_deleting_what_is_not_there_is_404(client: TestClient[Any]) -> None:
    assert client.delete("/collections/nothing").status_code == 404


@pytest.mark.parametrize("name", [".hidden", "a b", "x" * 65, "a%00b", "a%0Ab", "a:b"])
@pytest.mark.parametrize("language", ["en", "zh"])
def test_names_that_are_no_names_are_refused(client: TestClient[Any], name: str, language: str) -> None:
    response = client.put(f"/collections/{name}", headers={"Accept-Language": language})
    assert response.status_code == 400, response.text
    assert response.json()["error"].isascii() == (language == "en")


@pytest.mark.parametrize("title", ["", " ", "a\nb", "x" * 201, 3])
def test_titles_that_cannot_be_shown_are_refused(client: TestClient[Any], title: object) -> None:
    assert client.put("/collections/shop", json={"title": title}).status_code == 400
    assert client.get("/collections/shop").json()["title"] == "A shop"


@pytest.mark.parametrize("language", ["en", "zh"])
def test_there_may_be_so_many(client: TestClient[Any], language: str) -> None:
    made: list[str] = []
    while (response := client.put(f"/collections/c{len(made)}", headers={"Accept-Language": language})).is_success:
        made.append(response.json()["name"])
    assert (response.status_code, len(list_names(client))) == (413, 5)
    assert "5" in response.json()["error"]
    assert response.json()["error"].isascii() == (language == "en")
    assert client.put("/collections/shop", json={"title": "A shop"}).status_code == 200  # which is no new one
    for name in made:
        assert client.delete(f"/collections/{name}").status_code == 204


def test_documents_go_with_their_collection(client: TestClient[Any]) -> None:
    client.put("/collections/gone")
    sent = client.post("/collections/gone/documents", files={"file": ("a.png", png((31, 9)))}).json()
    assert client.get(f"/documents/{sent['id']}").status_code == 200
    assert client.delete("/collections/gone").status_code == 204
    assert client.get(f"/documents/{sent['id']}").status_code == 404
    assert client.put("/collections/gone").status_code == 201
    assert client.get("/collections/gone/documents").json() == {"documents": [], "next_cursor": None}
    client.delete("/collections/gone")
