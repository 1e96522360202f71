"""The turn that a request in Ollama's dialect asks for."""

import json
from collections.abc import Iterator, Sequence
from itertools import groupby
from operator import itemgetter
from typing import Any, cast

import msgspec
from msgspec import structs

from model.schemas import ANY_OBJECT
from model.tokenizer import Tokenizer
from model.tools import Tool, ToolCall
from server.api.ollama.context import read_context
from server.api.ollama.request import Call, ChatRequest, GenerateRequest, Message, Options, Request
from server.api.turn_options import read_logprobs, read_options
from server.errors import FieldRefused
from server.turn.pictures import PictureSource
from server.turn.turn import Role, Turn, TurnMessage, build_options
from server.turn.turns import TurnLimits

RENAMED = {"repeat_penalty": "repetition_penalty"}
"""Parameters that the model has under another name, besides `num_predict` and `num_ctx`, which are bounded as well."""

ALIASES: dict[str, Role] = {"developer": "system", "function": "tool"}
RESULTS = ("tool", "function")
"""The roles of messages with a tool's result."""

RANDOM_SEED = -1
"""The seed that asks for another answer each time, as leaving it out does."""


def build_generate_turn(request: GenerateRequest, limits: TurnLimits, tokenizer: Tokenizer) -> Turn:
    """Return the turn. Raises `FieldRefused` for fields that do not fit together, and for a context that is none."""
    question = TurnMessage("user", (*map(PictureSource, request.images or []), request.prompt or ""))
    options = _read_options(request, limits)
    schema = _find_schema(request.format)
    if request.raw:
        for name in ("system", "context"):
            if getattr(request, name):
                raise FieldRefused(name, "a raw prompt has none", "raw 的提示词不能带它")
        return Turn((question,), {**options, "raw": True}, schema=schema)
    earlier = read_context(tokenizer, request.context or (), limits.max_inp_length)
    system = TurnMessage("system", (request.system,)) if request.system else None
    is_new = system is not None and system not in earlier
    return Turn((*earlier, *((system,) if system and is_new else ()), question), options, schema=schema)


def build_chat_turn(request: ChatRequest, limits: TurnLimits) -> Turn:
    """Return the turn. Raises `FieldRefused` for fields that do not fit together."""
    functions = [tool.function for tool in request.tools or []]
    if len({function.name for function in functions}) < len(functions):
        raise FieldRefused("tools", "two functions have the same name", "有两个函数同名")
    messages = [_read_message(index, message) for index, message in enumerate(request.messages or [])]
    return Turn(
        messages=tuple(messages[index] for index in _sort_results(request.messages or [])),
        options=_read_options(request, limits),
        tools=tuple(Tool(f.name, f.description or "", f.parameters or {}) for f in functions),
        schema=_find_schema(request.format),
    )


def _sort_results(messages: Sequence[Message]) -> Iterator[int]:
    """Yield the messages' indices, with tools' results in the order of their calls: the model's format has no names.

    A result that names no call stays behind those that do.
    """
    calls: list[Call] = []
    for is_result, group in groupby(enumerate(messages), key=lambda item: item[1].role in RESULTS):
        found = list(group)
        if is_result:
            places = _find_calls([message for _, message in found], calls)
            yield from (index for _, (index, _) in sorted(zip(places, found, strict=True), key=itemgetter(0)))
        else:
            yield from (index for index, _ in found)
            calls = found[-1][1].tool_calls or []


def _find_calls(results: Sequence[Message], calls: Sequence[Call]) -> list[int]:
    """Return the place of the call that each result belongs to; each call has one result."""
    left = dict(enumerate(calls))
    places: list[int] = []
    for result in results:
        ids = (at for at, call in left.items() if call.id is not None and call.id == result.tool_call_id)
        names = (at for at, call in left.items() if call.function.name == result.tool_name)
        places.append(next(ids, next(names, len(calls))))
        left.pop(places[-1], None)
    return places


def _read_message(index: int, message: Message) -> TurnMessage:
    """Return the message with its pictures before its text, as Ollama has it."""
    pictures = map(PictureSource, message.images or [])
    text = (message.content,) if message.content else ()
    calls = (
        _read_call(f"messages[{index}].tool_calls[{at}]", call) for at, call in enumerate(message.tool_calls or [])
    )
    return TurnMessage(_find_role(message.role), (*pictures, *text), tuple(calls))


def _find_role(name: str) -> Role:
    return ALIASES.get(name) or cast(Role, name)


def _read_call(path: str, call: Call) -> ToolCall:
    """Return the call, whose arguments may be the text of a JSON object. Raises `FieldRefused` for any other text."""
    arguments = call.function.arguments or {}
    if isinstance(arguments, str):
        try:
            arguments = msgspec.json.decode(arguments, type=dict[str, Any])
        except (msgspec.DecodeError, RecursionError):
            raise FieldRefused(
                f"{path}.function.arguments", "it is not a JSON object", "它不是一个 JSON 对象"
            ) from None
    return ToolCall(call.function.name, json.dumps(arguments, ensure_ascii=False))


def _read_options(request: Request, limits: TurnLimits) -> dict[str, Any]:
    """Return the parameters. A `num_predict` or `num_ctx` that is not over 0 is no limit.

    A `num_ctx` over the server's limit is the limit, as in Ollama. A prompt over it is refused, though, where Ollama
    cuts it.
    """
    options = _clear_defaults(request.options or Options())
    num_ctx = _if_positive(options.num_ctx)
    limited = {
        "max_new_tokens": _if_positive(options.num_predict),
        "max_inp_length": None if num_ctx is None else min(num_ctx, limits.max_inp_length),
    }
    logprobs = read_logprobs(request.logprobs, request.top_logprobs or None)
    return build_options(**{**read_options(options, RENAMED), **limited, "logprobs": logprobs})


def _clear_defaults(options: Options) -> Options:
    """Return the options without values that ask for nothing; a `top_k` under 0 keeps every token, as 0 does."""
    stop = [options.stop] if isinstance(options.stop, str) else options.stop or []
    return structs.replace(
        options,
        top_p=options.top_p or None,
        top_k=None if options.top_k is None else max(0, options.top_k),
        seed=None if options.seed == RANDOM_SEED else options.seed,
        stop=[text for text in stop if text] or None,
        repeat_penalty=options.repeat_penalty or None,
    )


def _if_positive(value: int | None) -> int | None:
    return value if value is not None and value > 0 else None


def _find_schema(wanted: str | dict[str, Any] | None) -> dict[str, Any] | None:
    if isinstance(wanted, dict):
        return wanted
    return {**ANY_OBJECT} if wanted == "json" else None
