"""Documents come into a collection, as a form or as JSON, in a role that is given or found out."""

import base64
from typing import Any

import pytest
from litestar.testing import TestClient

from scripts.documents.pdf_writer import text_page, write_pdf
from tests.helpers.knowledge_client import ENGLISH
from tests.helpers.loopback import comes_true
from tests.helpers.pictures import png, png_base64

FAQ = "question,answer\nDo you ship abroad?,Yes.\n"


@pytest.fixture
def name(client: TestClient[Any]) -> Any:
    """The name of an empty collection, which is deleted afterwards."""
    client.put("/collections/new")
    yield "new"
    client.delete("/collections/new")


def send(client: TestClient[Any], name: str, data: bytes = png(), file: str = "card.png", **fields: str) -> Any:
    return client.post(f"/collections/{name}/documents", files={"file": (file, data)}, data=fields)


def wait(client: TestClient[Any], name: str, document_id: str) -> Any:
    """Return a document once it is read."""
    path = f"/collections/{name}/documents/{document_id}"
    assert comes_true(lambda: client.get(path).json()["state"] != "reading")
    return client.get(path).json()


def test_a_document_is_taken_and_read(client: TestClient[Any], name: str) -> None:
    response = send(client, name, FAQ.encode(), "folder/问答.csv", role="faq")
    assert response.status_code == 202, response.text
    taken = response.json()
    assert (taken["name"], taken["kind"], taken["collection"], taken["role"]) == ("问答.csv", "csv", name, "faq")
    assert (taken["source"], taken["has_file"]) == (None, True)
    read = wait(client, name, taken["id"])
    assert (read["state"], read["error"]) == ("ready", None)
    assert set(read) == set(taken)
    assert client.get(f"/collections/{name}").json()["faqs"] == 1
    assert "x-session" not in response.headers


def test_json_with_base64_is_the_same_document(client: TestClient[Any], name: str) -> None:
    sent = send(client, name).json()
    body = {"name": "card.png", "data": png_base64(), "role": None, "password": None}
    response = client.post(f"/collections/{name}/documents", json=body)
    assert (response.status_code, response.json()["id"]) == (202, sent["id"])
    assert client.get(f"/collections/{name}").json()["documents"] == 1


@pytest.mark.parametrize("role", ["auto", "", "document"])
def test_a_text_is_a_document_in_these_roles(client: TestClient[Any], name: str, role: str) -> None:
    sent = send(client, name, b"# Returns\n\nWithin 30 days.\n", "returns.md", role=role).json()
    assert wait(client, name, sent["id"])["role"] == "document"


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("role", ["boat", "FAQ", "auto\u0000"])
def test_other_roles_are_refused(client: TestClient[Any], name: str, role: str, language: str) -> None:
    headers = {"Accept-Language": language}
    path = f"/collections/{name}/documents"
    for given in (
        {"data": {"role": role}, "files": {"file": png()}},
        {"json": {"role": role, "name": "a", "data": "aGk="}},
    ):
        response = client.post(path, headers=headers, **given)
        assert response.status_code == 400
        text = response.json()["error"]
        assert "auto, document, faq, products" in text
        assert text.isascii() == (language == "en")


@pytest.mark.parametrize(
    ("given", "status"),
    [
        ({"files": {"file": b""}}, 400),
        ({"files": {"other": png()}}, 400),
        ({"json": {"name": "a"}}, 400),
        ({"json": {"data": png_base64()}}, 400),
        ({"json": {"name": "a", "data": "?"}}, 400),
        ({"json": {"name": "a", "data": png_base64(), "role": 3}}, 400),
        ({"files": {"file": png()}, "data": {"password": "x" * 1001}}, 400),
        ({"files": {"file": b"\x00\x01 no document"}}, 415),
        ({"files": {"file": b"x" * 100_001}}, 413),
        ({"json": {"name": "a", "data": base64.b64encode(b"x" * 100_001).decode()}}, 413),
    ],
)
def test_what_cannot_be_taken_is_refused_in_both_languages(
    client: TestClient[Any], name: str, given: dict[str, Any], status: int
) -> None:
    for language in ("en", "zh"):
        response = client.post(f"/collections/{name}/documents", headers={"Accept-Language": language}, **given)
        assert response.status_code == status, response.text
        assert response.json()["error"].isascii() == (language == "en")
    assert client.get(f"/collections/{name}").json()["documents"] == 0


def test_an_encrypted_document_needs_its_password(client: TestClient[Any], name: str) -> None:
    encrypted = write_pdf([text_page(["secret"])], password="letmein")
    assert send(client, name, encrypted, "a.pdf").json()["code"] == "encrypted"
    sent = send(client, name, encrypted, "a.pdf", password="letmein")
    assert sent.status_code == 202
    assert "letmein" not in sent.text


def test_fields_of_other_routes_have_no_effect(client: TestClient[Any], name: str) -> None:
    response = send(client, name, user_id="ann", session="x")
    assert response.status_code == 202
    assert set(response.headers["X-Ignored"].split(", ")) == {"user_id", "session"}
    assert "ann" not in [session["name"] for session in client.get("/sessions").json()["sessions"]]


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_documents_of_a_collection_are_limited(client: TestClient[Any], name: str, language: str) -> None:
    for number in range(4):
        assert send(client, name, png((40 + number, 9))).status_code == 202
    files = {"file": ("a.png", png((50, 9)))}
    response = client.post(f"/collections/{name}/documents", files=files, headers={"Accept-Language": language})
    assert response.status_code == 413
    assert {"en": "the collection has 4", "zh": "集合已有 4"}[language] in response.json()["error"]


def test_nothing_comes_into_a_collection_that_there_is_not(client: TestClient[Any]) -> None:
    response = client.post("/collections/nothing/documents", files={"file": png()}, headers=ENGLISH)
    assert (response.status_code, response.json()["error"]) == (404, "there is no collection 'nothing'")
    assert "nothing" not in client.get("/collections").text
