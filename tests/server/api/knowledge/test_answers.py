"""Answers from the knowledge base in each dialect: cited alike, whole and streamed."""

import json
from typing import Any

import pytest
from litestar.testing import TestClient

SAID = "The shirt AH-218 is made of linen."
NUMBERS = [1]
SHOP = {"X-Profile": "shop"}
ASKED = [{"role": "user", "content": SAID}]
MODEL = "fake"


def post(client: TestClient[Any], path: str, headers: dict[str, str] = SHOP, **body: Any) -> Any:
    response = client.post(path, json=body, headers=headers)
    assert response.status_code == 200, response.text
    return response.json()


def read_events(client: TestClient[Any], path: str, **body: Any) -> list[Any]:
    response = client.post(path, json={**body, "stream": True}, headers=SHOP)
    assert response.status_code == 200, response.text
    lines = (line.removeprefix("data: ") for line in response.text.splitlines() if line.startswith("data: "))
    return [json.loads(line) for line in lines if line != "[DONE]"]


def check(citations: list[dict[str, Any]]) -> None:
    """Check the citations of an answer."""
    assert [each["number"] for each in citations] == NUMBERS
    assert (citations[0]["name"], citations[0]["quote"]) == ("products.csv", SAID)


def test_support_routes(client: TestClient[Any]) -> None:
    for path, more in (("/ask", {}), ("/chat", {"user_id": "support"})):
        said = post(client, path, {}, question=SAID, profile="shop", **more)
        assert said["answer"].endswith(f"{SAID}[1]")
        check(said["citations"])
    *pieces, end = read_events(client, "/chat", user_id="stream", question=SAID, profile="shop")
    assert "".join(each["piece"] for each in pieces).endswith(f"{SAID}[1]")
    check(end["citations"])


def test_chat_completions(client: TestClient[Any]) -> None:
    said = post(client, "/v1/chat/completions", model=MODEL, messages=ASKED, n=2)
    assert [each["message"]["content"].endswith(f"{SAID}[1]") for each in said["choices"]] == [True] * 2
    check(said["choices"][0]["message"]["citations"])
    events = read_events(client, "/v1/chat/completions", model=MODEL, messages=ASKED, n=2)
    for index in range(2):
        choices = [each for event in events for each in event["choices"] if each["index"] == index]
        assert "".join(each["delta"].get("content") or "" for each in choices).endswith(f"{SAID}[1]")
    choices = [each for event in events for each in event["choices"]]
    check(next(each["delta"]["citations"] for each in reversed(choices) if "citations" in each["delta"]))


def test_an_answer_in_a_schema_has_no_marks(client: TestClient[Any]) -> None:
    schema = {"type": "json_schema", "json_schema": {"name": "a", "schema": {"type": "object"}}}
    said = post(client, "/v1/chat/completions", model=MODEL, messages=ASKED, response_format=schema)
    json.loads(said["choices"][0]["message"]["content"])


def test_responses_and_what_follows_them(client: TestClient[Any]) -> None:
    said = post(client, "/v1/responses", model=MODEL, input=SAID)
    assert said["output"][0]["content"][0]["text"].endswith(f"{SAID}[1]")
    check(said["citations"])
    later = post(client, "/v1/responses", model=MODEL, input=SAID, previous_response_id=said["id"])
    check(later["citations"])


def test_messages(client: TestClient[Any]) -> None:
    said = post(client, "/v1/messages", model=MODEL, max_tokens=200, messages=ASKED)
    assert said["content"][0]["text"].endswith(f"{SAID}[1]")
    check(said["citations"])
    events = read_events(client, "/v1/messages", model=MODEL, max_tokens=200, messages=ASKED)
    text = "".join(event["delta"].get("text", "") for event in events if event["type"] == "content_block_delta")
    assert text.endswith(f"{SAID}[1]")


def test_ollama(client: TestClient[Any]) -> None:
    said = post(client, "/api/chat", model=MODEL, messages=ASKED, stream=False)
    assert said["message"]["content"].endswith(f"{SAID}[1]")
    said = post(client, "/api/generate", model=MODEL, prompt=SAID, stream=False)
    assert said["response"].endswith(f"{SAID}[1]")


@pytest.mark.parametrize("stages", [{"X-Stages": "knowledge=off"}, {"X-Profile": "empty"}])
def test_a_request_may_do_without(client: TestClient[Any], stages: dict[str, str]) -> None:
    said = post(client, "/v1/chat/completions", {**SHOP, **stages}, model=MODEL, messages=ASKED)
    assert said["choices"][0]["message"]["content"].endswith(SAID)
    assert "citations" not in said["choices"][0]["message"]


def test_marks_of_earlier_answers_change_no_number(client: TestClient[Any]) -> None:
    earlier = [{"role": "user", "content": "How long?"}, {"role": "assistant", "content": "Ten days.[1][7]"}]
    said = post(client, "/v1/chat/completions", model=MODEL, messages=[*earlier, *ASKED])
    assert said["choices"][0]["message"]["content"].endswith(f"{SAID}[1]")
    check(said["choices"][0]["message"]["citations"])
