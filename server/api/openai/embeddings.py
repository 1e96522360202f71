"""`POST /v1/embeddings`: the vectors of texts, by the model of `--embedding-model`.

Reference: https://platform.openai.com/docs/api-reference/embeddings
"""

import asyncio
import base64
from typing import Annotated, Any, ClassVar, Literal, TypedDict

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
from server.library.embedder import Vectors
from server.library.embeddings import TextVectors

UNCUT = -1
"""The value of `truncate_prompt_tokens` that cuts texts at what the model reads, as in vLLM."""


class EmbeddingRequest(Fields, kw_only=True):
    """A text or several. `dimensions` may be no other than the model's: not every model's vectors may be shortened.

    Texts that are longer than the model reads are refused, unless `truncate_prompt_tokens` is -1.
    """

    IGNORED: ClassVar = {"user": (), "priority": (0,)}

    input: str | list[str | int | list[int]]
    model: str | None = None
    encoding_format: Literal["float", "base64"] | None = None
    dimensions: Annotated[int, Meta(ge=1)] | None = None
    truncate_prompt_tokens: Literal[-1] | None = None
    user: Any = None


class EmbeddingEntry(TypedDict):
    """The vector of the text `index`: numbers, or the bytes of little-endian float32 numbers as base64."""

    object: Literal["embedding"]
    index: int
    embedding: list[float] | str


class EmbeddingUsage(TypedDict):
    prompt_tokens: int
    total_tokens: int


class EmbeddingList(TypedDict):
    object: Literal["list"]
    data: list[EmbeddingEntry]
    model: str
    usage: EmbeddingUsage


@post(
    "/v1/embeddings",
    status_code=200,
    opt=describe(
        "Make vectors of texts, where the server has an embedding model",
        body=EmbeddingRequest,
        answers={JSON: (EmbeddingList,)},
        errors=(400, 404, 413, 429, 501, 503),
        example={"input": ["How long is the warranty?", "保修多久？"]},
    ),
)
async def embed_input(request: AnyRequest, state: State) -> Response[bytes]:
    body = await read_body(request, EmbeddingRequest)
    model = choose_model(state, body.model)
    texts = _read_texts(body)
    made = await embed_texts(request, state, texts, is_truncated=body.truncate_prompt_tokens == UNCUT)
    width = made.vectors.shape[1]
    if body.dimensions not in (None, width):
        raise FieldRefused("dimensions", f"the model's vectors have {width}", f"该模型的向量为 {width} 维")
    answer = await asyncio.to_thread(_write, made, model, body.encoding_format == "base64")
    return Response(answer, media_type=JSON)


def _read_texts(body: EmbeddingRequest) -> list[str]:
    """Return the texts of a request. Raises `FieldRefused`."""
    given = [body.input] if isinstance(body.input, str) else body.input
    texts = [text for text in given if isinstance(text, str)]
    if len(texts) < len(given):
        raise FieldRefused(
            "input",
            "token ids are those of a tokenizer that is not known here; send texts (in LangChain: "
            "check_embedding_ctx_length=False)",
            "无法得知 token id 属于哪个分词器，请发送文本（LangChain 中设置 check_embedding_ctx_length=False）",
        )
    if not texts or "" in texts:
        raise FieldRefused("input", "a text is empty", "文本为空")
    return texts


def _write(made: TextVectors, model: str, is_base64: bool) -> bytes:
    entries = (
        {"object": "embedding", "index": index, "embedding": _encode(row) if is_base64 else row.tolist()}
        for index, row in enumerate(made.vectors)
    )
    usage = {"prompt_tokens": made.num_tokens, "total_tokens": made.num_tokens}
    return msgspec.json.encode({"object": "list", "data": list(entries), "model": model, "usage": usage})


def _encode(row: Vectors) -> str:
    return base64.b64encode(row.astype("<f4").tobytes()).decode()
