"""The generation parameters of a request, by the model's names, whatever dialect it is in."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import msgspec
from msgspec import Struct

from model.messages import PromptOptions
from model.sampling import SamplingParams
from model.schemas import find_ignored_keywords
from server.api.body_errors import explain_field
from server.api.error_response import AnyRequest
from server.api.unknown_fields import is_strict, note_ignored
from server.errors import FieldRefused
from server.request_record import current_record
from server.turn.turn import Turn

MAX_TEMPERATURE = 100
"""Over it every token is about as likely as any other, and logits would lose their digits."""

OPTION_NAMES = frozenset((*SamplingParams.__struct_fields__, *PromptOptions.__struct_fields__))

UNKNOWN_TO_QUESTIONS: Mapping[str, tuple[Any, ...]] = dict.fromkeys(
    (*sorted(OPTION_NAMES), "max_tokens", "messages", "system", "system_prompt", "tools", "response_format", "format"),
    (),
)
"""What our own routes for a question do not take, and what would change its answer."""


def read_options(fields: Struct, renamed: Mapping[str, str]) -> dict[str, Any]:
    """Return what a request sets for the model, by the model's names.

    A field is passed on if the model has a parameter of its name, or if `renamed` gives the model's name for it. Of two
    fields for one parameter the later one counts. Fields that are None, or ask for nothing, are not set.
    Raises `FieldRefused`, also for those that the model refuses later, with the field's own name.
    """
    names = {name: renamed.get(name, name) for name in fields.__struct_fields__}
    options: dict[str, Any] = {}
    origins = {option: name for name, option in reversed(names.items())}  # of those not sent the first is the usual one
    for name, option in names.items():
        if option in OPTION_NAMES and (value := _read_value(option, getattr(fields, name))) is not None:
            _check_value(name, option, value)
            options[option], origins[option] = value, name
    if (record := current_record()) is not None:
        record.field_names |= {option: name for option, name in origins.items() if option != name}
    return options


def _read_value(option: str, value: Any) -> Any:
    """Return the value of a parameter, None where it is a way of clients to ask for nothing."""
    match option, value:
        case "max_new_tokens", int() if value < 0:  # llama.cpp and Ollama: as many as fit
            return None
        case "top_k", int() if value < 0:  # vLLM: every token
            return 0
        case ("top_p", 0) | ("logprobs", bool()):  # `read_logprobs` makes a number of those
            return None
        case "temperature", float() | int():
            return min(value, MAX_TEMPERATURE)
        case "stop", str() | list():
            return [text for text in ([value] if isinstance(value, str) else value) if text] or None
    return value


def _check_value(name: str, option: str, value: Any) -> None:
    kind = SamplingParams if option in SamplingParams.__struct_fields__ else PromptOptions
    try:
        msgspec.convert({option: value}, kind)
    except msgspec.ValidationError as error:
        found = explain_field(error)
        raise FieldRefused(name, f"it {found.en}", found.zh) from error


def read_logprobs(logprobs: bool | None, top_logprobs: int | None) -> int | None:
    """Return the model's `logprobs`, which is a number, from the two fields that OpenAI and Ollama have for it.

    Raises `FieldRefused` for alternatives to tokens whose own log-probabilities were not asked for.
    """
    if top_logprobs and not logprobs:
        raise FieldRefused("top_logprobs", "it needs logprobs to be true", "需要同时设置 logprobs 为 true")
    return (top_logprobs or 0) if logprobs else None


def limit_new_tokens(request: AnyRequest, turn: Turn, limit: int, name: str) -> Turn:
    """Return the turn with no more new tokens than `limit`, and note where the field `name` asked for more.

    Raises `FieldRefused` for that where the request is strict.
    """
    if turn.options.get("max_new_tokens", 0) <= limit:
        return turn
    if is_strict(request):
        raise FieldRefused(name, f"the limit is {limit}", f"上限为 {limit}")
    note_ignored(request, name)
    return replace(turn, options={**turn.options, "max_new_tokens": limit})


def note_idle_keywords(request: AnyRequest, turn: Turn, schema_name: str, tools_name: str) -> None:
    """Note what the schemas that hold an answer say in vain, such as a `format` that is not known.

    `schema_name` and `tools_name` are the fields that have the schemas. Raises `FieldRefused` where the request is
    strict.
    """
    constraint = turn.constraint
    if constraint is None:
        return
    schemas = [(schema_name, constraint.schema or {}), *((tools_name, tool.parameters) for tool in constraint.tools)]
    names = (f"{name}.{path}" for name, schema in schemas for path in find_ignored_keywords(schema))
    note_ignored(request, *dict.fromkeys(names))
