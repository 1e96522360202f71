"""Documents within messages, and questions to documents: read by the true library, answered by a fake model.

The model answers with the question, so a question that says what a document says is an answer from it.
"""

import base64
import json
from collections.abc import Iterator
from typing import Any

import pytest
from litestar.testing import TestClient

from scripts.documents.pdf_writer import text_page, write_pdf
from server.engine.async_engine import AsyncEngine
from server.settings.settings import Settings
from tests.helpers.apps import stored_app
from tests.helpers.fakes import FakeChatModel

PAGES = (["The kettle K-200 costs 39.90 euros."], ["The warranty lasts two years."])
SAID = "The kettle K-200 costs 39.90 euros"
NOT_SAID = "Napoleon conquered Europe, did he?"


@pytest.fixture(scope="module")
def pdf() -> str:
    return base64.b64encode(write_pdf([text_page(lines) for lines in PAGES])).decode()


@pytest.fixture(scope="module")
def client() -> Iterator[TestClient[Any]]:
    engine = AsyncEngine(FakeChatModel(), {"max_new_tokens": 200})
    with TestClient(stored_app(Settings(), engine), raise_server_exceptions=False) as client:
        yield client


def post(client: TestClient[Any], path: str, **body: Any) -> Any:
    response = client.post(path, json=body, headers={"Accept-Language": "en"})
    assert response.status_code == 200, response.text
    return response.json()


def upload(client: TestClient[Any], pdf: str, user_id: str) -> str:
    response = client.post("/documents", json={"user_id": user_id, "name": "shop.pdf", "data": pdf})
    assert response.status_code == 202, response.text
    document_id: str = response.json()["id"]
    return document_id


def check_citation(citation: dict[str, Any]) -> None:
    assert (citation["number"], citation["page"], citation["name"]) == (1, 1, "shop.pdf")
    assert citation["quote"].strip(".") in PAGES[0][0]


def test_a_file_part_is_answered_with_citations(client: TestClient[Any], pdf: str) -> None:
    file = {"type": "file", "file": {"filename": "shop.pdf", "file_data": f"data:application/pdf;base64,{pdf}"}}
    messages = [{"role": "user", "content": [file, {"type": "text", "text": SAID}]}]
    (choice,) = post(client, "/v1/chat/completions", messages=messages)["choices"]
    assert choice["message"]["content"] == f"0/1: {SAID}[1]"
    check_citation(choice["message"]["citations"][0])


def test_a_stream_has_the_citations_at_its_end(client: TestClient[Any], pdf: str) -> None:
    file = {"type": "input_file", "filename": "shop.pdf", "file_data": pdf}
    messages = [{"role": "user", "content": [file, {"type": "text", "text": SAID}]}]
    response = client.post("/v1/chat/completions", json={"messages": messages, "stream": True})
    chunks = [json.loads(event.removeprefix("data: ")) for event in response.text.split("\n\n")[:-2]]
    assert "".join(chunk["choices"][0]["delta"].get("content", "") for chunk in chunks) == f"0/1: {SAID}[1]"
    check_citation(chunks[-1]["choices"][0]["delta"]["citations"][0])


def test_what_is_not_in_a_file_is_said_to_be_not_there(client: TestClient[Any]) -> None:
    pages = [
        text_page([f"Line {line} of page {page} tells about kettles." for line in range(40)]) for page in range(30)
    ]
    file = {"type": "file", "file": {"file_data": base64.b64encode(write_pdf(pages)).decode()}}
    messages = [{"role": "user", "content": [file, {"type": "text", "text": NOT_SAID}]}]
    (choice,) = post(client, "/v1/chat/completions", messages=messages)["choices"]
    assert choice["message"]["content"] == "This was not found in the documents."
    assert choice["message"]["citations"] == []


def test_the_same_file_is_stored_once(client: TestClient[Any], pdf: str) -> None:
    file = {"type": "file", "file": {"filename": "shop.pdf", "file_data": pdf}}
    before = {document["id"] for document in client.get("/documents").json()["documents"]}
    for text in (SAID, "and?"):
        post(
            client,
            "/v1/chat/completions",
            messages=[{"role": "user", "content": [file, {"type": "text", "text": text}]}],
        )
    after = {document["id"] for document in client.get("/documents").json()["documents"]}
    assert len(after - before) <= 1


@pytest.mark.parametrize(("data", "cause"), [("???", "base64"), ("YWJjAAE=", "kind of the file")])
def test_what_is_no_document_is_refused(client: TestClient[Any], data: str, cause: str) -> None:
    messages = [{"role": "user", "content": [{"type": "file", "file": {"file_data": data}}]}]
    response = client.post("/v1/chat/completions", json={"messages": messages}, headers={"Accept-Language": "en"})
    assert response.status_code in (400, 415)
    assert cause in response.json()["error"]["message"]


def test_a_raw_prompt_is_not_the_place_of_a_file(client: TestClient[Any], pdf: str) -> None:
    file = {"type": "file", "file": {"filename": "shop.pdf", "file_data": pdf}}
    response = client.post("/v1/chat/completions", json={"messages": [{"role": "system", "content": [file]}]})
    assert response.status_code == 400


def test_a_response_has_annotations_and_is_gone_on_with(client: TestClient[Any], pdf: str) -> None:
    file = {"type": "input_file", "filename": "shop.pdf", "file_data": pdf}
    items = [{"role": "user", "content": [file, {"type": "input_text", "text": SAID}]}]
    response = post(client, "/v1/responses", model="fake", input=items)
    (part,) = response["output"][0]["content"]
    (annotation,) = part["annotations"]
    assert (annotation["type"], annotation["filename"]) == ("file_citation", "shop.pdf")
    assert part["text"][annotation["index"] :] == "[1]"
    check_citation(response["citations"][0])
    shown = client.get(f"/v1/responses/{response['id']}/input_items?order=asc").json()["data"][0]["content"][0]
    assert shown == {"type": "input_file", "file_id": annotation["file_id"], "filename": "shop.pdf"}
    later = post(client, "/v1/responses", model="fake", input=SAID, previous_response_id=response["id"])
    check_citation(later["citations"][0])
    assert client.delete(f"/documents/{annotation['file_id']}").status_code == 204
    lost = post(client, "/v1/responses", model="fake", input=SAID, previous_response_id=response["id"])
    assert "citations" not in lost


@pytest.mark.parametrize("is_text", [False, True])
def test_a_document_block_is_answered_with_citations(client: TestClient[Any], pdf: str, is_text: bool) -> None:
    source = {"type": "text", "data": PAGES[0][0]} if is_text else {"type": "base64", "data": pdf}
    document = {"type": "document", "title": "shop.pdf", "source": source}
    messages = [{"role": "user", "content": [document, {"type": "text", "text": SAID}]}]
    message = post(client, "/v1/messages", model="fake", max_tokens=100, messages=messages)
    assert message["content"][0]["text"] == f"0/1: {SAID}[1]"
    check_citation(message["citations"][0])


def test_the_questions_of_a_session_are_answered_from_its_documents(client: TestClient[Any], pdf: str) -> None:
    upload(client, pdf, "ann")
    response = client.post("/chat", json={"user_id": "ann", "question": SAID})
    answer = response.json()
    assert answer["answer"] == f"0/1: {SAID}[1]"
    check_citation(answer["citations"][0])
    (turn,) = client.get(f"/sessions/{response.headers['x-session']}").json()["turns"]
    assert turn["citations"] == answer["citations"]
    assert "citations" not in post(client, "/chat", user_id="bob", question=SAID)


def test_progress_comes_before_the_answer_where_all_of_a_document_is_read(client: TestClient[Any], pdf: str) -> None:
    upload(client, pdf, "carl")
    body = {"user_id": "carl", "question": "Summarize it", "mode": "all", "stream": True}
    response = client.post("/chat", json=body)
    events = [json.loads(event.removeprefix("data: ")) for event in response.text.split("\n\n")[:-1]]
    assert events[0] == {"progress": {"page": 2, "pages": 2}}
    assert events[-1]["answer"].endswith("Summarize it")


def test_one_document_is_asked_by_its_id(client: TestClient[Any], pdf: str) -> None:
    document_id = upload(client, pdf, "dora")
    path = f"/documents/{document_id}/ask"
    answer = post(client, path, question=SAID)
    assert answer["answer"] == f"0/1: {SAID}[1]"
    check_citation(answer["citations"][0])
    missing = post(client, path, question=NOT_SAID, mode="find")
    assert missing == {"answer": "This was not found in the documents.", "citations": []}
    events = client.post(path, json={"question": SAID, "stream": True}).text.split("\n\n")[:-1]
    pieces = [json.loads(event.removeprefix("data: ")) for event in events]
    assert "".join(event["piece"] for event in pieces[:-1]) == pieces[-1]["answer"] == answer["answer"]
    mentions = post(client, path, question="Which pages mention the warranty?")
    assert (mentions["citations"][0]["page"], "page 2" in mentions["answer"]) == (2, True)


def test_a_question_needs_a_document_and_words(client: TestClient[Any], pdf: str) -> None:
    assert client.post("/documents/x/ask", json={"question": "a"}).status_code == 404
    document_id = upload(client, pdf, "emma")
    assert client.post(f"/documents/{document_id}/ask", json={"question": " "}).status_code == 400
    assert client.post(f"/documents/{document_id}/ask", json={"question": "a", "mode": "some"}).status_code == 400


def test_tokens_of_a_dialogue_with_a_document_are_counted(client: TestClient[Any], pdf: str) -> None:
    file = {"type": "file", "file": {"filename": "shop.pdf", "file_data": pdf}}
    messages = [{"role": "user", "content": [file, {"type": "text", "text": SAID}]}]
    with_file = post(client, "/tokenize", messages=messages)["count"]
    assert with_file >= post(client, "/tokenize", messages=[{"role": "user", "content": SAID}])["count"]
