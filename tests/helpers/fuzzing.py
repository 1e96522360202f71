"""A server that is sent what nobody should send, and what must hold of every reply."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import msgspec
from hypothesis import strategies as st

from server.api.dialects import find_dialect
from server.engine.async_engine import AsyncEngine, ServedModel
from server.settings.settings import Settings
from tests.helpers.apps import stored_app
from tests.helpers.loopback import listening

TIMEOUT_S = 60
"""Whoever waits for longer takes it for a hang."""

POSTS = (
    "/ask",
    "/chat",
    "/compare",
    "/v1/chat/completions",
    "/playground/prompt",
    "/playground/runs",
    "/api/generate",
    "/api/chat",
    "/api/show",
    "/sessions/x/feedback",
)

ROUTES = [
    ("post", "/ask"),
    ("post", "/chat"),
    ("post", "/compare"),
    ("get", "/export"),
    ("get", "/health"),
    ("get", "/health/live"),
    ("get", "/health/ready"),
    ("get", "/metrics"),
    ("get", "/ops/history"),
    ("get", "/ops/state"),
    ("get", "/pages/config"),
    ("get", "/playground/parameters"),
    ("post", "/playground/prompt"),
    ("get", "/playground/runs"),
    ("post", "/playground/runs"),
    ("get", "/playground/runs/{run_id}"),
    ("delete", "/playground/runs/{run_id}"),
    ("get", "/sessions"),
    ("delete", "/sessions"),
    ("get", "/sessions/{session_id}"),
    ("delete", "/sessions/{session_id}"),
    ("patch", "/sessions/{session_id}"),
    ("get", "/sessions/{session_id}/export"),
    ("post", "/sessions/{session_id}/feedback"),
    ("get", "/sessions/{session_id}/pictures/{sha256}"),
    ("post", "/v1/chat/completions"),
    ("get", "/v1/models"),
    ("get", "/v1/models/{name}"),
    ("post", "/api/generate"),
    ("post", "/api/chat"),
    ("post", "/api/show"),
    ("get", "/api/tags"),
    ("get", "/api/ps"),
    ("get", "/api/version"),
]
"""All that is documented."""


@contextmanager
def fuzzed(model: ServedModel) -> Iterator[httpx.Client]:
    """A client of a server with small limits, which must answer a good request in the end."""
    settings = Settings(max_body_bytes=200_000, max_images=3, max_image_pixels=40_000, max_new_tokens=8)
    with (
        listening(stored_app(settings, AsyncEngine(model, {"max_new_tokens": 8}))) as (host, port),
        httpx.Client(base_url=f"http://{host}:{port}", timeout=TIMEOUT_S) as client,
    ):
        yield client
        check_is_well(client)


def check_is_well(client: httpx.Client) -> None:
    response = client.post("/ask", json={"question": "are you there?"})
    assert response.status_code == 200, response.text


def check_reply(response: httpx.Response) -> None:
    """No fault, and what is refused says why in the shape of its path."""
    assert response.status_code < 500, response.text
    if response.status_code >= 400 and response.request.method != "HEAD":
        shape = find_dialect(response.url.path).errors.body
        failure: Any = msgspec.convert(response.json(), shape)
        assert failure == response.json()


def json_values() -> st.SearchStrategy[Any]:
    """Of any depth and size, NaN, lone surrogates and huge numbers with them."""
    texts = st.text(st.characters(), max_size=20)
    numbers = st.integers(-(10**40), 10**40) | st.floats()
    leaves = st.none() | st.booleans() | numbers | texts
    return st.recursive(leaves, lambda one: st.lists(one, max_size=4) | st.dictionaries(texts, one, max_size=4))
