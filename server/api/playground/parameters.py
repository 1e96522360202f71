"""What `/playground/parameters` answers: each generation parameter of `/v1/chat/completions`, and what is in force.

Types and ranges are read from the type of the body, defaults from what the model makes of a request that sets nothing.
"""

from collections.abc import Mapping
from typing import Any, Literal

from msgspec import UNSET, Struct, UnsetType, inspect, structs

from model.images import ImageProcessor
from model.sampling import SamplingParams
from server.api.openai.request import ChatRequest
from server.api.playground.meanings import MEANINGS, Group, Only, Text
from server.engine.async_engine import AsyncEngine

Type = Literal["integer", "number", "boolean", "string_list", "object"]
TYPES: Mapping[type[inspect.Type], Type] = {
    inspect.IntType: "integer",
    inspect.FloatType: "number",
    inspect.BoolType: "boolean",
    inspect.ListType: "string_list",
    inspect.DictType: "object",
    inspect.StructType: "object",
}

RENAMED = {"max_tokens": "max_new_tokens", "min_tokens": "min_new_tokens"}
"""What the model calls by another name."""

ASKED = [{"role": "user", "content": "?"}]
"""Any question: what is in force does not depend on it."""


class Parameter(Struct):
    """`default` is the value in force where a request sets none; `default_with_beams` where beam search has another.

    `minimum` and `maximum` are of a number, and of the values of an object; with `exclusive_minimum` the value must be
    over it. A parameter that says `only` is refused otherwise.
    """

    name: str
    type: Type
    default: Any
    minimum: float | None
    maximum: float | None
    group: Group
    meaning: Text
    exclusive_minimum: bool | UnsetType = UNSET
    default_with_beams: Any = UNSET
    only: Only | UnsetType = UNSET


class Parameters(Struct):
    parameters: list[Parameter]


async def parameters_of(engine: AsyncEngine, max_new_tokens: int) -> Parameters:
    """In the order in which they are to be shown. Raises `InputError`."""
    usual = _in_force((await engine.prepare(ASKED)).params, engine.processor)
    beams = _in_force((await engine.prepare(ASKED, sampling=False)).params, engine.processor)
    limits = {"max_tokens": max_new_tokens}
    return Parameters([_parameter(name, usual, beams, limits.get(name)) for name in MEANINGS])


def _in_force(params: SamplingParams, processor: ImageProcessor) -> dict[str, Any]:
    """By the names of the body."""
    by_model = {
        **structs.asdict(params),
        "logprobs": params.logprobs is not None,
        "top_logprobs": params.logprobs,
        "max_slice_nums": processor.max_slice_nums,
        "use_image_id": processor.use_image_id,
        "response_format": None,
    }
    return {name: by_model[RENAMED.get(name, name)] for name in MEANINGS}


def _parameter(name: str, usual: dict[str, Any], beams: dict[str, Any], limit: int | None) -> Parameter:
    meaning, kind = MEANINGS[name], _kind(name)
    has_own = meaning.only is None and name != "num_beams" and usual[name] != beams[name]
    least, is_exclusive, most = _range(kind)
    return Parameter(
        name,
        TYPES[type(kind)],
        usual[name],
        least,
        most if limit is None else limit,
        meaning.group,
        meaning.text,
        True if is_exclusive else UNSET,
        beams[name] if has_own else UNSET,
        meaning.only or UNSET,
    )


def _kind(name: str) -> inspect.Type:
    """The last of what the body takes but null, so the list of `str | list[str]`."""
    body = inspect.type_info(ChatRequest)
    assert isinstance(body, inspect.StructType), "a body is a struct"
    (kind,) = (field.type for field in body.fields if field.name == name)
    assert isinstance(kind, inspect.UnionType), "every parameter may be null"
    return [each for each in kind.types if not isinstance(each, inspect.NoneType)][-1]


def _range(kind: inspect.Type) -> tuple[float | None, bool, float | None]:
    """The least, whether it is excluded, and the most."""
    if isinstance(kind, inspect.DictType):
        kind = kind.value_type
    if not isinstance(kind, inspect.IntType | inspect.FloatType):
        return None, False, None
    return (kind.ge if kind.gt is None else kind.gt), kind.gt is not None, kind.le
