"""The turn that a request in Ollama's dialect asks for."""

import json
from typing import Any

from model.schemas import ANY_OBJECT
from model.tools import Tool, ToolCall
from server.api.ollama.request import ChatRequest, GenerateRequest, Message, Options, Request
from server.api.turn_options import read_logprobs, read_options
from server.errors import FieldRefused
from server.turn.turn import PictureSource, Turn, TurnLimits, TurnMessage, build_options

RENAMED = {"repeat_penalty": "repetition_penalty"}
"""Parameters that the model has under another name, besides `num_predict` and `num_ctx`, which are bounded as well."""


def build_generate_turn(request: GenerateRequest, limits: TurnLimits) -> Turn:
    system = (TurnMessage("system", (request.system,)),) if request.system else ()
    question = TurnMessage("user", (*map(PictureSource, request.images or []), request.prompt or ""))
    return Turn((*system, question), _read_options(request, limits), schema=_find_schema(request.format))


def build_chat_turn(request: ChatRequest, limits: TurnLimits) -> Turn:
    """Return the turn. Raises `FieldRefused` for fields that do not fit together."""
    functions = [tool.function for tool in request.tools or []]
    if len({function.name for function in functions}) < len(functions):
        raise FieldRefused("tools", "two functions have the same name", "有两个函数同名")
    return Turn(
        messages=tuple(_read_message(index, message) for index, message in enumerate(request.messages or [])),
        options=_read_options(request, limits),
        tools=tuple(Tool(f.name, f.description or "", f.parameters or {}) for f in functions),
        schema=_find_schema(request.format),
    )


def _read_message(index: int, message: Message) -> TurnMessage:
    """Return the message with its pictures before its text, as Ollama has it."""
    if message.images and message.role != "user":
        raise FieldRefused(
            f"messages[{index}].images", "only messages of the user may have images", "只有用户消息可以带图片"
        )
    pictures = map(PictureSource, message.images or [])
    text = (message.content,) if message.content else ()
    calls = (
        ToolCall(c.function.name, json.dumps(c.function.arguments or {}, ensure_ascii=False))
        for c in message.tool_calls or []
    )
    return TurnMessage(message.role, (*pictures, *text), tuple(calls))


def _read_options(request: Request, limits: TurnLimits) -> dict[str, Any]:
    """Return the parameters. `num_predict` and `num_ctx` over the server's limits are the limits, as in Ollama.

    A prompt over `num_ctx` is refused, though, where Ollama cuts it.
    """
    options = request.options or Options()
    wanted = options.num_predict
    if wanted == 0:
        raise FieldRefused("options.num_predict", "an answer has at least one token", "回答至少有一个 token")
    bounded = {
        "max_new_tokens": None if wanted is None or wanted < 0 else min(wanted, limits.max_new_tokens),
        "max_inp_length": min(options.num_ctx, limits.max_inp_length) if options.num_ctx else None,
    }
    logprobs = read_logprobs(request.logprobs, request.top_logprobs)
    return build_options(**{**read_options(options, RENAMED), **bounded, "logprobs": logprobs})


def _find_schema(wanted: str | dict[str, Any] | None) -> dict[str, Any] | None:
    if isinstance(wanted, dict):
        return wanted
    return {**ANY_OBJECT} if wanted == "json" else None
