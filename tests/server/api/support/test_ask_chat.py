"""`/chat` as a stream, and several pictures; `tests/server/test_app.py` has the rest of `/ask` and `/chat`."""

import json
from typing import Any

import pytest
from litestar.testing import TestClient

from tests.helpers.fakes import FakeChatModel
from tests.helpers.pictures import png_base64


def stream(client: TestClient[Any], **given: Any) -> list[dict[str, str]]:
    response = client.post("/chat", json={"user_id": "ann", "stream": True, **given})
    assert response.status_code == 200, response.text
    assert response.headers["content-type"].startswith("text/event-stream")
    assert response.headers["cache-control"] == "no-cache"
    return [json.loads(event.removeprefix("data: ")) for event in response.text.split("\n\n")[:-1]]


def test_a_stream_has_the_answer_in_pieces_and_then_whole(client: TestClient[Any]) -> None:
    *pieces, last = stream(client, question="hello")
    assert "".join(event["piece"] for event in pieces) == "0/1: hello"
    assert last == {"answer": "0/1: hello"}


@pytest.mark.parametrize("is_streamed", [True, False])
def test_a_turn_says_where_it_is_stored(client: TestClient[Any], is_streamed: bool) -> None:
    response = client.post("/chat", json={"user_id": "ann", "question": "hello", "stream": is_streamed})
    session = client.get(f"/sessions/{response.headers['x-session']}").json()
    assert session["name"] == "ann"
    assert [turn["id"] for turn in session["turns"]] == [response.headers["x-turn"]]


def test_a_streamed_turn_is_stored(client: TestClient[Any]) -> None:
    stream(client, question="hello", image=png_base64())
    assert client.post("/chat", json={"user_id": "ann", "question": "and?"}).json() == {"answer": "1/2: and?"}


def test_an_internal_error_within_a_stream_is_its_last_event_and_stores_nothing(client: TestClient[Any]) -> None:
    (event,) = stream(client, question="fail")
    assert event["error"].startswith("内部错误，编号 ")
    assert stream(client, question="next")[-1] == {"answer": "0/1: next"}


def test_dropped_turns_are_counted(client: TestClient[Any], fake: FakeChatModel) -> None:
    for question in ("one", "two"):
        client.post("/chat", json={"user_id": "ann", "question": question})
    fake.max_tokens = 4
    body = {"user_id": "ann", "question": "three"}
    assert client.post("/chat", json=body).json() == {"answer": "0/2: three", "dropped_turns": 1}
    assert stream(client, question="four")[-1] == {"answer": "0/2: four", "dropped_turns": 2}


def test_a_user_id_over_the_limit_is_refused(client: TestClient[Any]) -> None:
    body = {"user_id": "长" * 201, "question": "hello"}
    response = client.post("/chat", json=body, headers={"Accept-Language": "en"})
    assert response.status_code == 400
    assert response.json()["error"].startswith("the field user_id cannot be used: the name has 201 characters")


def test_errors_come_before_the_stream_if_they_can(client: TestClient[Any], fake: FakeChatModel) -> None:
    response = client.post("/chat", json={"user_id": "ann", "stream": True, "question": " "})
    assert (response.status_code, response.json()["error"]) == (400, "参数不完整")
    fake.max_tokens = 0
    response = client.post("/chat", json={"user_id": "ann", "stream": True, "question": "a"})
    assert response.status_code == 413


@pytest.mark.parametrize("path", ["/ask", "/chat"])
def test_several_pictures(client: TestClient[Any], fake: FakeChatModel, path: str) -> None:
    user = {"user_id": "ann"} if path == "/chat" else {}
    images = [png_base64((8, 9)), png_base64((8, 10))]
    body = {**user, "question": "which", "image": png_base64(), "images": images}
    assert client.post(path, json=body).json() == {"answer": "3/1: which"}
    assert [part.image.size for part in fake.calls[0][0]["content"][:3]] == [(8, 8), (8, 9), (8, 10)]
    body["images"] = [png_base64()] * 3
    response = client.post(path, json=body)
    assert (response.status_code, response.json()["error"]) == (413, "图片过多：共 4 张，上限 3 张")


def test_a_damaged_picture_among_several_is_refused(client: TestClient[Any]) -> None:
    response = client.post("/ask", json={"question": "which", "images": [png_base64(), "aGVsbG8="]})
    assert response.status_code == 400
    assert response.json()["error"].startswith("图片处理失败：")
