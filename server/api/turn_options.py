"""The generation parameters of a request, by the model's names, whatever dialect it is in."""

from collections.abc import Mapping
from typing import Any

from msgspec import Struct

from model.messages import PromptOptions
from model.sampling import SamplingParams
from server.errors import FieldRefused

OPTION_NAMES = frozenset((*SamplingParams.__struct_fields__, *PromptOptions.__struct_fields__))


def read_options(fields: Struct, renamed: Mapping[str, str]) -> dict[str, Any]:
    """Return what a request sets for the model, by the model's names.

    A field is passed on if the model has a parameter of its name, or if `renamed` gives the model's name for it. Of two
    fields for one parameter the later one counts. Fields that are None are not set.
    """
    names = {name: renamed.get(name, name) for name in fields.__struct_fields__}
    given = ((option, getattr(fields, name)) for name, option in names.items() if option in OPTION_NAMES)
    return {option: value for option, value in given if value is not None}


def read_logprobs(logprobs: bool | None, top_logprobs: int | None) -> int | None:
    """Return the model's `logprobs`, which is a number, from the two fields that OpenAI and Ollama have for it.

    Raises `FieldRefused` for alternatives to tokens whose own log-probabilities were not asked for.
    """
    if top_logprobs is not None and not logprobs:
        raise FieldRefused("top_logprobs", "it needs logprobs to be true", "需要同时设置 logprobs 为 true")
    return (top_logprobs or 0) if logprobs else None
