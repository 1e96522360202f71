"""From Ollama's requests to a turn."""

import json
from typing import Any

from model.schemas import ANY_OBJECT
from model.tools import Tool, ToolCall
from server.api.ollama.request import ChatRequest, GenerateRequest, Message, Options, Request
from server.errors import FieldRefused
from server.turn.turn import PictureSource, Turn, TurnLimits, TurnMessage, options_of


def turn_of_generate(request: GenerateRequest, limits: TurnLimits) -> Turn:
    system = (TurnMessage("system", (request.system,)),) if request.system else ()
    asked = TurnMessage("user", (*map(PictureSource, request.images or []), request.prompt or ""))
    return Turn((*system, asked), _options(request, limits), schema=_schema(request.format))


def turn_of_chat(request: ChatRequest, limits: TurnLimits) -> Turn:
    """Raises `FieldRefused` for what the fields say together."""
    functions = [tool.function for tool in request.tools or []]
    if len({function.name for function in functions}) < len(functions):
        raise FieldRefused("tools", "two functions have the same name")
    return Turn(
        messages=tuple(_message(index, message) for index, message in enumerate(request.messages or [])),
        options=_options(request, limits),
        tools=tuple(Tool(f.name, f.description or "", f.parameters or {}) for f in functions),
        schema=_schema(request.format),
    )


def _message(index: int, message: Message) -> TurnMessage:
    """As Ollama has it, pictures go before the text."""
    if message.images and message.role != "user":
        raise FieldRefused(f"messages[{index}].images", "only a user shows pictures")
    pictures = map(PictureSource, message.images or [])
    text = (message.content,) if message.content else ()
    calls = (ToolCall(c.function.name, _dumped(c.function.arguments or {})) for c in message.tool_calls or [])
    return TurnMessage(message.role, (*pictures, *text), tuple(calls))


def _options(request: Request, limits: TurnLimits) -> dict[str, Any]:
    """What is not set is the model's own. `num_ctx` bounds the prompt, which is refused where Ollama would cut it."""
    options = request.options or Options()
    wanted = options.num_predict
    if wanted == 0:
        raise FieldRefused("options.num_predict", "an answer has at least one token")
    if request.top_logprobs is not None and not request.logprobs:
        raise FieldRefused("top_logprobs", "it needs logprobs to be true")
    return options_of(
        max_new_tokens=None if wanted is None or wanted < 0 else min(wanted, limits.max_new_tokens),
        max_inp_length=min(options.num_ctx, limits.max_inp_length) if options.num_ctx else None,
        temperature=options.temperature,
        top_p=options.top_p,
        top_k=options.top_k,
        min_p=options.min_p,
        seed=options.seed,
        stop=options.stop,
        repetition_penalty=options.repeat_penalty,
        presence_penalty=options.presence_penalty,
        frequency_penalty=options.frequency_penalty,
        logprobs=(request.top_logprobs or 0) if request.logprobs else None,
    )


def _schema(wanted: str | dict[str, Any] | None) -> dict[str, Any] | None:
    if isinstance(wanted, dict):
        return wanted
    return {**ANY_OBJECT} if wanted == "json" else None


def _dumped(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
