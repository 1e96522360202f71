"""The documents of a collection are listed, followed, downloaded and deleted."""

import json
from io import BytesIO
from pathlib import Path
from typing import Any

from litestar.testing import TestClient

from tests.helpers.knowledge_client import Documents, open_client
from tests.helpers.loopback import comes_true
from tests.helpers.pictures import png
from tests.helpers.stocked_store import FOLLOWED, ROWS, SHEET

NOWHERE = "0" * 32


def test_documents_are_listed_newest_first_in_pages(client: TestClient[Any], documents: Documents) -> None:
    first = client.get("/collections/shop/documents?limit=1").json()
    rest = client.get(f"/collections/shop/documents?limit=1&cursor={first['next_cursor']}").json()
    assert [item["id"] for item in (*first["documents"], *rest["documents"])] == [
        documents["card.png"].id,
        documents[SHEET].id,
    ]
    assert rest["next_cursor"] is None
    (shown,) = rest["documents"]
    assert shown == client.get(f"/collections/shop/documents/{shown['id']}").json()
    assert (shown["collection"], shown["role"], shown["source"], shown["has_file"]) == ("shop", "products", None, True)
    assert client.get("/collections/shop/documents?cursor=x").status_code == 400
    assert client.get("/collections/shop/documents?user_id=x").status_code == 400


def test_a_document_is_shown_in_its_own_collection_alone(client: TestClient[Any], documents: Documents) -> None:
    hidden = documents["hidden.png"].id
    for path in ("", "/events", "/file"):
        assert client.get(f"/collections/drafts/documents/{hidden}{path}").status_code == 200
        for place in (f"shop/documents/{hidden}", f"nothing/documents/{hidden}", f"drafts/documents/{NOWHERE}"):
            assert client.get(f"/collections/{place}{path}").status_code == 404
    assert client.delete(f"/collections/shop/documents/{hidden}").status_code == 404
    assert client.get(f"/documents/{hidden}").status_code == 200


def test_documents_of_users_are_in_no_collection(client: TestClient[Any]) -> None:
    sent = client.post("/documents", files={"file": png()}, data={"user_id": "ann"}).json()
    assert client.get(f"/collections/shop/documents/{sent['id']}").status_code == 404
    assert client.delete(f"/collections/shop/documents/{sent['id']}").status_code == 404


def test_a_file_is_sent_back_as_a_download(client: TestClient[Any], documents: Documents) -> None:
    response = client.get(f"/collections/shop/documents/{documents[SHEET].id}/file")
    assert response.text == "\n".join(ROWS)
    assert response.headers["content-disposition"] == f"attachment; filename*=UTF-8''{SHEET}"
    assert response.headers["content-length"] == str(len(response.content))
    assert "sandbox" in response.headers["content-security-policy"]


def test_events_end_with_the_document(client: TestClient[Any]) -> None:
    files = {"file": ("a.csv", BytesIO(b"name,price\nhat,5\n"))}
    sent = client.post("/collections/drafts/documents", files=files).json()
    path = f"/collections/drafts/documents/{sent['id']}"
    with client.stream("GET", f"{path}/events") as response:
        assert response.headers["content-type"].startswith("text/event-stream")
        events = [json.loads(line[6:]) for line in response.iter_lines() if line.startswith("data: ")]
    assert events[-1]["state"] == "ready"
    assert events[-1] == client.get(path).json()
    assert len({json.dumps(event) for event in events}) == len(events)
    assert client.delete(path).status_code == 204
    for gone in (path, f"{path}/events", f"{path}/file"):
        assert client.get(gone).status_code == 404
    assert client.delete(path).status_code == 404


def test_what_comes_from_a_document_goes_with_it(tmp_path: Path) -> None:
    with open_client(tmp_path) as (client, documents):
        assert client.delete(f"/collections/shop/documents/{documents[SHEET].id}").status_code == 204
        assert client.get("/graph/shop").json()["entities"] == []
        assert client.get("/collections/shop/search?q=linen shirt AH-218").json()["hits"] == []
        shown = client.get("/collections/shop").json()
        assert (shown["documents"], shown["passages"], shown["entities"]) == (1, 1, 0)


def test_what_is_in_the_followed_folder_is_deleted_there(tmp_path: Path) -> None:
    file = tmp_path / "knowledge" / "notes" / "returns.md"
    file.parent.mkdir(parents=True)
    file.write_text("# Returns\n\nWithin thirty days.\n", encoding="utf-8")
    with open_client(tmp_path, knowledge=str(tmp_path / "knowledge")) as (client, _):
        assert comes_true(lambda: client.get("/collections/notes/documents").json().get("documents"))
        (document,) = client.get("/collections/notes/documents").json()["documents"]
        assert document["source"]
        for path, source in ((f"/documents/{document['id']}", document["source"]), ("", "notes")):
            for language in ("en", "zh"):
                response = client.delete(f"/collections/notes{path}", headers={"Accept-Language": language})
                assert response.status_code == 409
                assert source in response.json()["error"]
                assert response.json()["error"].isascii() == (language == "en")
        assert client.get(f"/collections/notes/documents/{document['id']}").status_code == 200


def test_what_a_folder_has_left_behind_is_deleted_like_all_else(tmp_path: Path) -> None:
    with open_client(tmp_path) as (client, documents):
        path = f"/collections/drafts/documents/{documents['followed.md'].id}"
        assert client.get(path).json()["source"] == FOLLOWED
        assert client.delete(path).status_code == 204
        assert client.delete("/collections/drafts").status_code == 204
