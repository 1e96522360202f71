"""`/api/embed` and `/api/embeddings`: the vectors of texts, by the model of `--embedding-model`.

Reference: https://github.com/ollama/ollama/blob/main/docs/api.md#generate-embeddings
"""

import asyncio
import time
from typing import Annotated, Any, TypedDict

import msgspec
from litestar import Response, post
from litestar.datastructures import State
from msgspec import Meta

from server.api.embedding import choose_model, embed_texts
from server.api.error_response import AnyRequest
from server.api.media_types import JSON
from server.api.openapi.operation import describe
from server.api.transport import read_body
from server.api.unknown_fields import Fields
from server.errors import FieldRefused
from server.library.embeddings import TextVectors

ERRORS = (400, 404, 413, 429, 501, 503)


class EmbedRequest(Fields, kw_only=True):
    """A text or several. Those longer than the model reads are cut unless `truncate` is false.

    `options` and `keep_alive` have no effect: the model stays loaded. `dimensions` may be no other than the model's.
    """

    model: str
    input: str | list[str] | None = None
    truncate: bool | None = None
    dimensions: Annotated[int, Meta(ge=1)] | None = None
    options: Any = None
    keep_alive: Any = None


class OldEmbedRequest(Fields, kw_only=True):
    """One text, in the form before `/api/embed`."""

    model: str
    prompt: str | None = None
    options: Any = None
    keep_alive: Any = None


class Embedded(TypedDict):
    """The vectors, each of length 1. Durations are in nanoseconds."""

    model: str
    embeddings: list[list[float]]
    total_duration: int
    load_duration: int
    prompt_eval_count: int


class OldEmbedded(TypedDict):
    embedding: list[float]


@post(
    "/api/embed",
    status_code=200,
    opt=describe(
        "Make vectors of texts, where the server has an embedding model",
        body=EmbedRequest,
        answers={JSON: (Embedded,)},
        errors=ERRORS,
        example={"model": "bge-small-zh", "input": ["How long is the warranty?", "保修多久？"]},
    ),
)
async def embed(request: AnyRequest, state: State) -> Response[bytes]:
    began_ns = time.perf_counter_ns()
    body = await read_body(request, EmbedRequest)
    model = choose_model(state, body.model)
    texts = [body.input] if isinstance(body.input, str) else body.input or []
    if not texts:
        return Response(_write(model, None, began_ns), media_type=JSON)
    made = await embed_texts(request, state, texts, is_truncated=body.truncate is not False)
    width = made.vectors.shape[1]
    if body.dimensions not in (None, width):
        raise FieldRefused("dimensions", f"the model's vectors have {width}", f"该模型的向量为 {width} 维")
    return Response(await asyncio.to_thread(_write, model, made, began_ns), media_type=JSON)


@post(
    "/api/embeddings",
    status_code=200,
    opt=describe(
        "Make the vector of a text, in Ollama's older form",
        body=OldEmbedRequest,
        answers={JSON: (OldEmbedded,)},
        errors=ERRORS,
        example={"model": "bge-small-zh", "prompt": "How long is the warranty?"},
    ),
)
async def embed_prompt(request: AnyRequest, state: State) -> OldEmbedded:
    body = await read_body(request, OldEmbedRequest)
    choose_model(state, body.model)
    if not body.prompt:
        return {"embedding": []}
    made = await embed_texts(request, state, [body.prompt], is_truncated=True, param="prompt")
    return {"embedding": made.vectors[0].tolist()}


def _write(model: str, made: TextVectors | None, began_ns: int) -> bytes:
    return msgspec.json.encode(
        {
            "model": model,
            "embeddings": [] if made is None else made.vectors.tolist(),
            "total_duration": time.perf_counter_ns() - began_ns,
            "load_duration": 0,
            "prompt_eval_count": 0 if made is None else made.num_tokens,
        }
    )
