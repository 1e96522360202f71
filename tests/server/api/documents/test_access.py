"""Who may read a document of the knowledge base: operators, and whoever may be given an answer that cites it."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from litestar.testing import TestClient

from server.keys.keyring import KeyRing
from tests.helpers.knowledge_client import KEYS, Documents, open_client, sign
from tests.helpers.pictures import png

PAGES = ("", "/pages/1", "/pages/1/image")
WHOLE = ("/events", "/file")
NOBODYS = "0" * 32


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[TestClient[Any], Documents]]:
    with open_client(tmp_path_factory.mktemp("access"), KeyRing(KEYS)) as opened:
        yield opened


def get_statuses(client: TestClient[Any], name: str, document_id: str, paths: tuple[str, ...]) -> list[int]:
    return [client.get(f"/documents/{document_id}{path}", headers=sign(name)).status_code for path in paths]


@pytest.mark.parametrize("name", ["root", "clerk"])
def test_operators_read_all_of_it(opened: tuple[TestClient[Any], Documents], name: str) -> None:
    client, documents = opened
    for document in (documents["card.png"], documents["hidden.png"]):
        assert get_statuses(client, name, document.id, PAGES + WHOLE) == [200] * 5
        assert client.get(f"/documents/{document.id}", headers=sign(name)).json()["has_file"] is True


@pytest.mark.parametrize("name", ["free", "named", "shop"])
def test_whoever_may_be_answered_from_a_collection_reads_its_pages(
    opened: tuple[TestClient[Any], Documents], name: str
) -> None:
    client, documents = opened
    assert get_statuses(client, name, documents["card.png"].id, PAGES) == [200] * 3
    assert get_statuses(client, name, documents["card.png"].id, WHOLE) == [404] * 2
    shown = client.get(f"/documents/{documents['card.png'].id}", headers=sign(name)).json()
    assert shown["has_file"] is False
    assert not {"source", "role", "collection"} & set(shown)


@pytest.mark.parametrize(
    ("name", "document"),
    [("other", "card.png"), ("other", "hidden.png"), ("free", "hidden.png"), ("shop", "hidden.png")],
)
def test_everybody_else_finds_nothing(opened: tuple[TestClient[Any], Documents], name: str, document: str) -> None:
    """It looks in every way as if there were no such document."""
    client, documents = opened
    found = documents[document].id
    assert get_statuses(client, name, found, PAGES + WHOLE) == [404] * 5
    refused, unknown = (client.get(f"/documents/{each}", headers=sign(name)).text for each in (found, NOBODYS))
    assert refused.replace(found, NOBODYS) == unknown


@pytest.mark.parametrize("name", ["root", "free", "shop", "other"])
def test_nobody_asks_or_deletes_it_there(opened: tuple[TestClient[Any], Documents], name: str) -> None:
    client, documents = opened
    path = f"/documents/{documents['card.png'].id}"
    assert client.delete(path, headers=sign(name)).status_code == 404
    assert client.post(f"{path}/ask", json={"question": "what is it?"}, headers=sign(name)).status_code == 404
    tables = client.post("/tables", json={"document": documents["card.png"].id}, headers=sign(name))
    assert tables.status_code == 404


@pytest.mark.parametrize("name", ["root", "free"])
def test_no_list_shows_it(opened: tuple[TestClient[Any], Documents], name: str) -> None:
    client, _ = opened
    sent = client.post("/documents", files={"file": png()}, data={"user_id": name}, headers=sign(name)).json()
    for query in ("", f"?user_id={name}"):
        listed = client.get(f"/documents{query}", headers=sign(name)).json()["documents"]
        assert [each["id"] for each in listed] == [sent["id"]]
    assert get_statuses(client, name, sent["id"], ("", "/file", "/events")) == [200] * 3
    assert sent["has_file"] is True


def test_documents_of_customers_stay_their_own(opened: tuple[TestClient[Any], Documents]) -> None:
    client, _ = opened
    sent = client.post("/documents", files={"file": png()}, data={"user_id": "a"}, headers=sign("shop")).json()
    for name in ("root", "clerk", "free"):
        assert get_statuses(client, name, sent["id"], PAGES + WHOLE) == [404] * 5


@pytest.mark.parametrize(("given", "status"), [({"open_without_keys": True}, 404), ({}, 200)])
def test_without_keys_the_own_machine_is_the_operator(tmp_path: Path, given: dict[str, Any], status: int) -> None:
    with open_client(tmp_path, **given) as (client, documents):
        found = documents["card.png"].id
        assert [client.get(f"/documents/{found}{path}").status_code for path in PAGES] == [200] * 3
        assert [client.get(f"/documents/{found}{path}").status_code for path in WHOLE] == [status] * 2
        assert client.get("/documents").json()["documents"] == []
