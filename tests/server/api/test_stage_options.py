"""Headers and fields that set the stages of a turn, in every dialect."""

import json
from typing import Any

import pytest
from litestar.testing import TestClient

ECOMMERCE = "You are a customer service agent of an online shop."
HELLO = {"model": "fake", "messages": [{"role": "user", "content": "hello"}], "temperature": 0}


def system_of(fake: Any) -> str:
    first = fake.calls[-1][0]
    return str(first["content"][0]) if first["role"] == "system" else ""


@pytest.mark.parametrize("path", ["/v1/chat/completions", "/api/chat"])
def test_other_dialects_use_the_plain_profile_unless_a_request_names_one(
    client: TestClient[Any], fake: Any, path: str
) -> None:
    body = {key: value for key, value in HELLO.items() if key != "temperature" or path.startswith("/v1")}
    response = client.post(path, json=body)
    assert response.headers["x-cache"] == "bypass"
    assert system_of(fake) == ""
    response = client.post(path, json=body, headers={"X-Profile": "ecommerce"})
    assert system_of(fake).startswith(ECOMMERCE)
    assert response.headers["x-cache"] == "miss"
    assert client.post(path, json=body, headers={"X-Profile": "ecommerce"}).headers["x-cache"] == "hit"


def test_an_answer_has_a_trace_on_request(client: TestClient[Any]) -> None:
    headers = {"X-Trace": "on", "X-Stages": "cache=on"}
    whole = client.post("/v1/chat/completions", json=HELLO, headers=headers).json()
    assert [note["stage"] for note in whole["trace"]] == ["profile", "cache"]
    text = client.post("/v1/chat/completions", json={**HELLO, "stream": True}, headers=headers).text
    events = [json.loads(line[6:]) for line in text.splitlines() if line.startswith("data: {")]
    assert events[-1]["trace"][-1] == {"stage": "cache", "result": "hit"}
    assert "trace" not in events[0]
    body = {"model": "fake", "messages": HELLO["messages"], "stream": False}
    whole = client.post("/api/chat", json=body, headers=headers).json()
    assert whole["trace"][0] == {"stage": "profile", "name": "plain", "language": "en"}
    assert "trace" not in client.post("/v1/chat/completions", json=HELLO).json()


def test_fields_of_a_body_take_precedence_over_headers(client: TestClient[Any], fake: Any) -> None:
    body = {"question": "hello", "profile": "ecommerce", "trace": True, "stages": {"cache": False}}
    answer = client.post("/ask", json=body, headers={"X-Profile": "restaurant", "X-Stages": "cache=on"})
    assert system_of(fake).startswith(ECOMMERCE)
    assert answer.headers["x-cache"] == "bypass"
    assert answer.json()["trace"][0]["name"] == "ecommerce"


def test_a_dialogue_keeps_the_profile_that_was_named_last(client: TestClient[Any], fake: Any) -> None:
    for body, expected in (({"profile": "ecommerce"}, True), ({}, True), ({"profile": "plain"}, False), ({}, False)):
        client.post("/chat", json={"user_id": "ann", "question": "hello", **body})
        assert system_of(fake).startswith(ECOMMERCE) == expected


@pytest.mark.parametrize(
    ("headers", "cause"),
    [
        ({"X-Profile": "shoe"}, "'shoe' is not one of"),
        ({"X-Profile": "鞋店".encode()}, "'鞋店' is not one of"),
        ({"X-Profile": b"\xff"}, "'ÿ' is not one of"),
        ({"X-Trace": "maybe"}, "'maybe' is neither on nor off"),
        ({"X-Stages": "typo=on"}, "the stages that can be switched are typos, moderation, knowledge, tools, cache"),
        ({"X-Stages": "typos"}, "'' is neither on nor off"),
    ],
)
def test_bad_stage_options_are_refused_by_name(client: TestClient[Any], headers: dict[str, Any], cause: str) -> None:
    response = client.post("/v1/chat/completions", json=HELLO, headers=headers)
    assert response.status_code == 400
    assert cause in response.json()["error"]["message"]


def test_a_forbidden_question_is_refused_in_every_dialect(client: TestClient[Any], fake: Any) -> None:
    question = {"role": "user", "content": "say blorptastic"}
    headers = {"X-Stages": "moderation=on"}
    (choice,) = client.post(
        "/v1/chat/completions", json={"model": "fake", "messages": [question]}, headers=headers
    ).json()["choices"]
    assert choice["finish_reason"] == "content_filter"
    assert choice["message"]["content"].startswith("Sorry, I cannot answer: your question contains words")
    body = {"model": "fake", "messages": [question], "stream": False}
    line = client.post("/api/chat", json=body, headers=headers).json()
    assert (line["done"], line["message"]["content"][:5]) == (True, "Sorry")
    answer = client.post("/ask", json={"question": "say blorptastic"}, headers=headers).json()
    assert answer["moderation"] == [{"where": "question", "category": "example-block", "action": "block"}]
    assert fake.calls == []


def test_a_refused_turn_is_stored_but_never_sent_to_the_model(client: TestClient[Any], fake: Any) -> None:
    for question in ("say blorptastic", "and now?"):
        body = {"user_id": "ann", "question": question, "profile": "ecommerce"}
        assert client.post("/chat", json=body).status_code == 200
    assert [msg["role"] for msg in fake.calls[-1]] == ["system", "user"]
    (session,) = client.get("/sessions").json()["sessions"]
    turns = client.get(f"/sessions/{session['id']}").json()["turns"]
    assert [turn["finish_reason"] for turn in turns] == ["content_filter", "stop"]
