"""Streams of any text can be read line by line and end; clients may disconnect at any byte."""

import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.helpers.fakes import FakeChatModel
from tests.helpers.fuzzing import check_reply, check_still_answers, open_fuzzing_client

TEXTS = st.text(max_size=30)
STREAMS = ("/chat", "/v1/chat/completions", "/api/generate", "/api/chat")


@pytest.fixture(scope="module")
def client() -> Iterator[httpx.Client]:
    with open_fuzzing_client(FakeChatModel()) as client:
        yield client


def body_of(path: str, text: str) -> dict[str, Any]:
    message = {"role": "user", "content": text}
    bodies: dict[str, dict[str, Any]] = {
        "/chat": {"user_id": "ann", "question": text, "stream": True},
        "/v1/chat/completions": {"model": "minicpm-v", "messages": [message], "stream": True},
        "/api/generate": {"model": "minicpm-v", "prompt": text},
        "/api/chat": {"model": "minicpm-v", "messages": [message]},
    }
    return bodies[path]


def events_of(response: httpx.Response) -> list[Any]:
    """Split a stream as clients do: at line feeds (NDJSON), or at blank lines (server-sent events)."""
    if response.headers["content-type"].startswith("application/x-ndjson"):
        *lines, rest = response.content.split(b"\n")
    else:
        *lines, rest = response.content.split(b"\n\n")
        assert all(line.startswith(b"data: ") for line in lines)
        lines = [line.removeprefix(b"data: ") for line in lines]
    assert rest == b""
    return [line if line == b"[DONE]" else json.loads(line) for line in lines]


def is_end(path: str, event: Any) -> bool:
    if path == "/v1/chat/completions":
        return bool(event == b"[DONE]")
    return "answer" in event if path == "/chat" else event["done"] is True


@given(path=st.sampled_from(STREAMS), text=TEXTS)
def test_streams_of_any_text(client: httpx.Client, path: str, text: str) -> None:
    response = client.post(path, json=body_of(path, text))
    check_reply(response)
    if response.status_code == 200 and response.headers["content-type"].partition(";")[0] != "application/json":
        events = events_of(response)
        assert [is_end(path, event) for event in events] == [False] * (len(events) - 1) + [True]


@given(path=st.sampled_from(STREAMS), text=TEXTS, num_bytes=st.integers(0, 600))
def test_disconnects(client: httpx.Client, path: str, text: str, num_bytes: int) -> None:
    with client.stream("POST", path, json=body_of(path, text * 20)) as response:
        seen = 0
        for piece in response.iter_raw():
            seen += len(piece)
            if seen >= num_bytes:
                break
    assert response.status_code < 500
    check_still_answers(client)


@pytest.mark.parametrize("path", STREAMS)
@pytest.mark.parametrize(
    "text", ["\u2028\u2029\x85", "data: x\n\ndata: y", "\n\n", "[DONE]", "\0\x1b[2J", "\U0010ffff"]
)
def test_texts_that_look_like_the_end_of_an_event(client: httpx.Client, path: str, text: str) -> None:
    response = client.post(path, json=body_of(path, f"a{text}b"))
    events = events_of(response)
    assert [is_end(path, event) for event in events] == [False] * (len(events) - 1) + [True]
