"""A server for fuzzing, values to send to it, and what must hold for every response."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import httpx
import msgspec
from hypothesis import strategies as st

from server.api.dialects import find_dialect
from server.engine.async_engine import AsyncEngine, ServedModel
from server.settings.settings import Settings
from tests.helpers.apps import stored_app
from tests.helpers.embedding_apps import WORDS
from tests.helpers.loopback import serve_on_loopback
from tests.helpers.onnx import write_model

TIMEOUT_S = 60
"""The time after which a request counts as hanging."""

EMBEDDING_MODEL = "words"

POSTS = (
    "/ask",
    "/chat",
    "/compare",
    "/v1/chat/completions",
    "/pictures/preview",
    "/v1/completions",
    "/v1/embeddings",
    "/tokenize",
    "/detokenize",
    "/v1/responses",
    "/playground/prompt",
    "/playground/runs",
    "/api/generate",
    "/api/chat",
    "/api/embed",
    "/api/embeddings",
    "/api/show",
    "/api/pull",
    "/v1/messages",
    "/v1/messages/count_tokens",
    "/sessions/x/feedback",
    "/documents",
    "/documents/x/ask",
    "/collections/x/documents",
    "/sessions/x/handover",
    "/desk/sessions/x/take",
    "/desk/sessions/x/interrupt",
    "/desk/sessions/x/answer",
    "/desk/canned",
    "/customers/token",
)

ROUTES = [
    ("get", "/actions"),
    ("get", "/actions/{action_id}"),
    ("post", "/actions/{action_id}/confirm"),
    ("post", "/actions/{action_id}/decline"),
    ("get", "/audit"),
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
    ("get", "/ops/worth"),
    ("get", "/ops/worth.csv"),
    ("get", "/pages/config"),
    ("post", "/pictures/preview"),
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
    ("get", "/sessions/{session_id}/handover"),
    ("post", "/sessions/{session_id}/handover"),
    ("get", "/sessions/{session_id}/events"),
    ("get", "/desk/me"),
    ("get", "/desk/sessions"),
    ("get", "/desk/sessions/{session_id}"),
    ("get", "/desk/sessions/{session_id}/pictures/{sha256}"),
    ("post", "/desk/sessions/{session_id}/take"),
    ("post", "/desk/sessions/{session_id}/answer"),
    ("post", "/desk/sessions/{session_id}/give-back"),
    ("post", "/desk/sessions/{session_id}/close"),
    ("post", "/desk/sessions/{session_id}/interrupt"),
    ("get", "/desk/events"),
    ("get", "/desk/canned"),
    ("post", "/desk/canned"),
    ("put", "/desk/canned/{answer_id}"),
    ("delete", "/desk/canned/{answer_id}"),
    ("get", "/documents"),
    ("post", "/documents"),
    ("get", "/documents/{document_id}"),
    ("delete", "/documents/{document_id}"),
    ("post", "/documents/{document_id}/ask"),
    ("get", "/documents/{document_id}/events"),
    ("get", "/documents/{document_id}/file"),
    ("get", "/documents/{document_id}/pages/{number}"),
    ("get", "/documents/{document_id}/pages/{number}/image"),
    ("get", "/collections"),
    ("put", "/collections/{name}"),
    ("get", "/collections/{name}"),
    ("delete", "/collections/{name}"),
    ("get", "/collections/{name}/documents"),
    ("post", "/collections/{name}/documents"),
    ("get", "/collections/{name}/documents/{document_id}"),
    ("delete", "/collections/{name}/documents/{document_id}"),
    ("get", "/collections/{name}/documents/{document_id}/events"),
    ("get", "/collections/{name}/documents/{document_id}/file"),
    ("get", "/collections/{name}/search"),
    ("get", "/graph/{collection}"),
    ("get", "/graph/{collection}/entity"),
    ("get", "/unanswered"),
    ("delete", "/unanswered/{question_id}"),
    ("delete", "/unanswered"),
    ("get", "/customers"),
    ("post", "/customers/token"),
    ("post", "/customers/anonymous"),
    ("get", "/customers/me"),
    ("get", "/customers/{customer_id}"),
    ("delete", "/customers/{customer_id}"),
    ("post", "/customers/{customer_id}/revoke"),
    ("post", "/tables"),
    ("get", "/tables/{table_id}"),
    ("post", "/tables/{table_id}/ask"),
    ("post", "/tables/{table_id}/plot"),
    ("post", "/v1/chat/completions"),
    ("post", "/v1/messages"),
    ("post", "/v1/messages/count_tokens"),
    ("post", "/v1/completions"),
    ("post", "/v1/embeddings"),
    ("post", "/tokenize"),
    ("post", "/detokenize"),
    ("get", "/tokenizer_info"),
    ("get", "/version"),
    ("get", "/v1/models"),
    ("get", "/v1/models/{name}"),
    ("post", "/v1/responses"),
    ("get", "/v1/responses/{response_id}"),
    ("delete", "/v1/responses/{response_id}"),
    ("get", "/v1/responses/{response_id}/input_items"),
    ("post", "/api/generate"),
    ("post", "/api/chat"),
    ("post", "/api/embed"),
    ("post", "/api/embeddings"),
    ("post", "/api/show"),
    ("post", "/api/pull"),
    ("get", "/api/tags"),
    ("get", "/api/ps"),
    ("get", "/api/version"),
]
"""All routes of the OpenAPI document."""


@contextmanager
def open_fuzzing_client(model: ServedModel) -> Iterator[httpx.Client]:
    """Yield a client of a server with small limits, and check at the end that it still answers.

    Its embedding model goes by a name of the examples.
    """
    settings = Settings(max_body_bytes=200_000, max_images=3, max_image_pixels=40_000, max_new_tokens=8)
    with (
        TemporaryDirectory() as folder,
        serve_on_loopback(
            stored_app(_add_embedding_model(settings, folder), AsyncEngine(model, {"max_new_tokens": 8}))
        ) as (host, port),
        httpx.Client(base_url=f"http://{host}:{port}", timeout=TIMEOUT_S) as client,
    ):
        assert client.put("/collections/x").status_code == 201
        yield client
        check_still_answers(client)


def _add_embedding_model(settings: Settings, folder: str) -> Settings:
    write_model(Path(folder), WORDS)
    return replace(settings, embedding_model=folder, embedding_aliases=EMBEDDING_MODEL)


def check_still_answers(client: httpx.Client) -> None:
    response = client.post("/ask", json={"question": "are you there?"})
    assert response.status_code == 200, response.text


def check_reply(response: httpx.Response) -> None:
    """Check that a response is no internal error, and that an error is in the format of its path."""
    assert response.status_code < 500, response.text
    if response.status_code >= 400 and response.request.method != "HEAD":
        kind = find_dialect(response.url.path).errors.body
        error: Any = msgspec.convert(response.json(), kind)
        assert error == response.json()


def json_values() -> st.SearchStrategy[Any]:
    """Return JSON values of any depth and size, with NaN, lone surrogates and huge numbers."""
    texts = st.text(st.characters(), max_size=20)
    numbers = st.integers(-(10**40), 10**40) | st.floats()
    leaves = st.none() | st.booleans() | numbers | texts
    return st.recursive(leaves, lambda one: st.lists(one, max_size=4) | st.dictionaries(texts, one, max_size=4))
