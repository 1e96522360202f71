"""`/tokenize` and `/detokenize`: the tokens of a text or of a dialogue, and back; `/tokenizer_info` and `/version`.

References: https://docs.vllm.ai/en/stable/serving/openai_compatible_server.html#tokenizer-api,
https://github.com/ggml-org/llama.cpp/tree/master/tools/server for `content`
"""

import asyncio
from collections.abc import Sequence
from importlib.metadata import version

from litestar import get, post
from litestar.datastructures import State

from model.tokenized_text import TokenizedText
from model.tokenizer import END_TOKENS, Tokenizer
from server.api.account import find_account, find_owner
from server.api.attachments import attach_files
from server.api.completions.logprobs import name_token
from server.api.completions.response import TokenizerInfo, Tokens, TokensText, Version
from server.api.completions.turn import check_ids
from server.api.error_response import AnyRequest
from server.api.media_types import JSON
from server.api.openai.request import ChatRequest, Message
from server.api.openai.turn import build_turn
from server.api.openapi.operation import MODEL_ERRORS, describe
from server.api.stage_options import StageOptionHeaders, read_stage_options
from server.api.transport import read_body, run_while_connected
from server.api.unknown_fields import Fields
from server.errors import FieldRefused
from server.pipeline.pipeline import Pipeline
from server.pipeline.stage import StageOptions


class TokenizeRequest(ChatRequest, kw_only=True):
    """A text, which is `prompt` or `content`, or a dialogue, with all the fields of a request for its next answer."""

    messages: list[Message] | None = None  # type: ignore[assignment]
    prompt: str | None = None
    content: str | None = None
    add_special_tokens: bool | None = None
    return_token_strs: bool | None = None


class DetokenizeRequest(Fields, kw_only=True):
    tokens: list[int]
    model: str | None = None


@post(
    "/tokenize",
    status_code=200,
    opt=describe(
        "Show the tokens of a text, or of the prompt of a dialogue",
        body=TokenizeRequest,
        headers=StageOptionHeaders,
        answers={JSON: (Tokens,)},
        errors=MODEL_ERRORS,
        example={"prompt": "Good morning", "return_token_strs": True},
    ),
)
async def tokenize(request: AnyRequest, state: State) -> Tokens:
    body = await read_body(request, TokenizeRequest)
    _check_model(state, body.model)
    stage_options = read_stage_options(request)
    pipeline: Pipeline = state.pipeline
    engine = pipeline.turns.engine
    ids = await run_while_connected(request, _find_ids(request, state, body, stage_options))
    return {
        "count": len(ids),
        "max_model_len": engine.core.max_model_len,
        "tokens": list(ids),
        "token_strs": await _name_tokens(engine.tokenizer, ids) if body.return_token_strs else None,
    }


async def _name_tokens(tokenizer: Tokenizer, ids: Sequence[int]) -> list[str]:
    return await asyncio.to_thread(lambda: [name_token(tokenizer, token_id) for token_id in ids])


async def _find_ids(
    request: AnyRequest, state: State, body: TokenizeRequest, stage_options: StageOptions
) -> Sequence[int]:
    texts = [text for text in (body.prompt, body.content) if text is not None]
    if len(texts) + bool(body.messages) != 1:
        cause = "exactly one of prompt, content and messages must be given"
        raise FieldRefused("prompt", cause, "必须且只能提供 prompt、content 和 messages 中的一个")
    pipeline: Pipeline = state.pipeline
    if not body.messages:
        return await pipeline.turns.engine.tokenize(texts[0], find_owner(request)) if texts[0] else ()
    account = find_account(request)
    turn = await attach_files(build_turn(body), account, pipeline, state.library)
    context = pipeline.build_context(turn, account, stage_options)
    dialogue = await pipeline.prepare(context)
    return dialogue.prompt.input_ids


@post(
    "/detokenize",
    status_code=200,
    opt=describe(
        "Show the text of tokens",
        body=DetokenizeRequest,
        answers={JSON: (TokensText,)},
        errors=(404,),
        example={"tokens": [1, 2, 3]},
    ),
)
async def detokenize(request: AnyRequest, state: State) -> TokensText:
    body = await read_body(request, DetokenizeRequest)
    _check_model(state, body.model)
    pipeline: Pipeline = state.pipeline
    tokenizer = pipeline.turns.engine.tokenizer
    check_ids("tokens", body.tokens, tokenizer)
    return {"prompt": str(await asyncio.to_thread(TokenizedText.decode, body.tokens, tokenizer))}


@get("/tokenizer_info", opt=describe("Show the tokens that begin and end a text", answers={JSON: (TokenizerInfo,)}))
async def show_tokenizer() -> TokenizerInfo:
    return {"bos_token": None, "eos_token": END_TOKENS[0]}


@get("/version", opt=describe("Show the version of the server", answers={JSON: (Version,)}))
async def show_version() -> Version:
    return {"version": version("minicpm-v-server")}


def _check_model(state: State, name: str | None) -> None:
    if name is not None:
        state.names.check(name)
