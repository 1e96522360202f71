"""Bodies that are no JSON, or the wrong JSON, sent to a real model are refused, and the server keeps answering."""

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.chat import ChatModel
from tests.helpers.fuzzing import POSTS, check_reply, json_values, open_fuzzing_client
from tests.helpers.pictures import png_base64

GOOD: dict[str, dict[str, Any]] = {
    "/ask": {"question": "what is it?", "image": png_base64(), "video": ""},
    "/chat": {"user_id": "ann", "question": "what is it?", "images": [png_base64()], "stream": True},
    "/compare": {"question": "which?", "pictures": [{"image": png_base64()}, {"image": png_base64(), "name": "a"}]},
    "/v1/chat/completions": {"model": "minicpm-v", "messages": [{"role": "user", "content": "hi"}], "stream": True},
    "/v1/completions": {"prompt": ["a", "b"], "max_tokens": 2, "echo": True, "logprobs": 1, "stream": True},
    "/v1/embeddings": {"input": ["a", "b"], "encoding_format": "base64"},
    "/api/embed": {"model": "words", "input": ["a", "b"], "truncate": True},
    "/api/embeddings": {"model": "words", "prompt": "a"},
    "/tokenize": {"prompt": "hi", "return_token_strs": True},
    "/detokenize": {"tokens": [1, 2]},
    "/pictures/preview": {"image": png_base64()},
    "/v1/messages": {"model": "minicpm-v", "max_tokens": 5, "messages": [{"role": "user", "content": "hi"}]},
    "/v1/messages/count_tokens": {"model": "minicpm-v", "messages": [{"role": "user", "content": "hi"}]},
    "/v1/responses": {
        "model": "minicpm-v",
        "input": [
            {"role": "user", "content": [{"type": "input_text", "text": "hi"}]},
            {"type": "function_call", "call_id": "1", "name": "a", "arguments": "{}"},
            {"type": "function_call_output", "call_id": "1", "output": "b"},
        ],
        "tools": [{"type": "function", "name": "a", "parameters": {}}],
        "text": {"format": {"type": "text"}},
        "metadata": {"a": "b"},
    },
    "/playground/prompt": {"model": "minicpm-v", "messages": [{"role": "user", "content": "hi"}]},
    "/playground/runs": {"title": "one", "run": {"msgs": ["hi"], "n": 1}},
    "/api/pull": {"model": "minicpm-v", "stream": False},
    "/api/generate": {"model": "minicpm-v", "prompt": "hi", "options": {"temperature": 0.5}},
    "/api/chat": {"model": "minicpm-v", "messages": [{"role": "user", "content": "hi"}], "format": "json"},
    "/api/show": {"model": "minicpm-v"},
    "/tables": {"image": png_base64(), "format": "csv"},
    "/tables/x/ask": {"question": "What is the total price?"},
    "/tables/x/plot": {"kind": "bar", "label": "Product", "values": ["Price"], "format": "png"},
    "/sessions/x/feedback": {"thumb": "up"},
    "/sessions/x/handover": {"language": "en"},
    "/desk/sessions/x/take": {"name": "Ann"},
    "/desk/sessions/x/interrupt": {"name": "Ann"},
    "/desk/sessions/x/answer": {"text": "hello", "pictures": [png_base64()]},
    "/desk/canned": {"title": "thanks", "text": "Thank you!"},
    "/documents/x/ask": {"question": "what is it?", "mode": "find", "stream": True},
    "/documents": {"user_id": "ann", "name": "card.png", "data": png_base64(), "password": "secret"},
    "/customers/token": {"sub": "42", "claims": {"level": "gold"}, "expires_in": 60},
    "/collections/x/documents": {"name": "card.png", "data": png_base64(), "role": "auto", "password": "secret"},
}


@pytest.fixture(scope="module")
def client(chat_model: ChatModel) -> Iterator[httpx.Client]:
    with open_fuzzing_client(chat_model) as client:
        yield client


def list_places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Yield the paths of all places in a JSON value where another value may be put."""
    yield path
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, within in items:
        yield from list_places(within, (*path, key))


def replace_at(value: Any, path: tuple[Any, ...], other: Any) -> Any:
    if not path:
        return other
    copy = value.copy()
    copy[path[0]] = replace_at(value[path[0]], path[1:], other)
    return copy


def encode_json(value: Any) -> bytes:
    """Return JSON in which NaN and lone surrogates are allowed."""
    return json.dumps(value, ensure_ascii=False).encode("utf-8", "surrogatepass")


@given(path=st.sampled_from(POSTS), body=st.binary(max_size=300))
def test_random_bytes(client: httpx.Client, path: str, body: bytes) -> None:
    check_reply(client.post(path, content=body))


@given(path=st.sampled_from(POSTS), value=json_values())
def test_other_json(client: httpx.Client, path: str, value: Any) -> None:
    check_reply(client.post(path, content=encode_json(value)))


@given(data=st.data(), path=st.sampled_from(POSTS), value=json_values())
def test_one_value_exchanged(client: httpx.Client, data: st.DataObject, path: str, value: Any) -> None:
    place = data.draw(st.sampled_from(list(list_places(GOOD[path]))))
    check_reply(client.post(path, content=encode_json(replace_at(GOOD[path], place, value))))


@given(data=st.data(), path=st.sampled_from(POSTS), text=st.text(st.characters(), max_size=40))
def test_one_text_exchanged(client: httpx.Client, data: st.DataObject, path: str, text: str) -> None:
    """The types accept any text, so this gets further than other values."""
    place = data.draw(
        st.sampled_from([("question",), ("user_id",), ("model",), ("prompt",), ("messages", 0, "content")])
    )
    if place in list_places(GOOD[path]):
        check_reply(client.post(path, content=encode_json(replace_at(GOOD[path], place, text))))


@given(data=st.data(), path=st.sampled_from(POSTS))
def test_truncated_json(client: httpx.Client, data: st.DataObject, path: str) -> None:
    body = json.dumps(GOOD[path]).encode()
    response = client.post(path, content=body[: data.draw(st.integers(0, len(body) - 1))])
    assert response.status_code == 400
    check_reply(response)


@given(path=st.sampled_from(POSTS), body=st.binary(max_size=50), size=st.integers(1, 50))
def test_chunked_bodies(client: httpx.Client, path: str, body: bytes, size: int) -> None:
    whole = json.dumps(GOOD[path]).encode() + body
    check_reply(client.post(path, content=iter([whole[i : i + size] for i in range(0, len(whole), size)])))


@given(path=st.sampled_from(POSTS), media_type=st.text(st.characters(max_codepoint=126, min_codepoint=32), max_size=40))
def test_content_types(client: httpx.Client, path: str, media_type: str) -> None:
    body = json.dumps(GOOD[path]).encode()
    check_reply(client.post(path, content=body, headers={"Content-Type": media_type.strip()}))


@given(
    name=st.sampled_from(["Accept-Language", "X-Stages", "X-Trace", "X-Profile", "Content-Encoding"]), value=st.text()
)
def test_headers(client: httpx.Client, name: str, value: str) -> None:
    encoded = value.encode().translate(None, b"\r\n\0\v\f\x7f").strip()  # which the client does not send
    check_reply(client.post("/ask", content=b'{"question": "hi"}', headers={name.encode(): encoded}))


@given(
    path=st.binary(max_size=30), query=st.binary(max_size=30), method=st.sampled_from(["GET", "POST", "DELETE", "PUT"])
)
def test_paths(client: httpx.Client, path: bytes, query: bytes, method: str) -> None:
    check_reply(client.request(method, f"/sessions/{quote(path, safe='/')}?{quote(query, safe='=&')}"))


@pytest.mark.parametrize("path", POSTS)
@pytest.mark.parametrize(
    "body",
    [
        b"[" * 50_000,
        b'{"a":' * 30_000,
        b"[" * 30_000 + b"]" * 30_000,
        b'{"question": ' + b"[" * 900 + b"]" * 900 + b"}",
        b'{"question": 1' + b"0" * 5_000 + b"}",
        b'{"question": 1e999999}',
        b'{"question": "\\ud800"}',
        b'{"question": "\\u0000"}',
        b'{"question": "a", "question": "b"}',
        b'{"question": NaN}',
        b"\xef\xbb\xbf{}",
        b'{"question": "\xff"}',
        '{"question": "a"}'.encode("utf-16"),
        b"",
        b"\0" * 100,
    ],
    ids=lambda body: str(body[:24]),
)
def test_bodies_that_broke_other_servers(client: httpx.Client, path: str, body: bytes) -> None:
    check_reply(client.post(path, content=body))
