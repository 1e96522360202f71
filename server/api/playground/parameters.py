"""The answer of `/playground/parameters`: each generation parameter of `/v1/chat/completions`.

Types are read from the body, ranges from what the model takes, defaults from what it makes of a request that sets
nothing.
"""

from collections.abc import Mapping
from typing import Any, Literal

from msgspec import UNSET, Struct, UnsetType, inspect, structs

from model.images import ImageProcessor
from model.messages import PromptOptions
from model.sampling import SamplingParams
from server.api.openai.request import ChatRequest
from server.api.openai.turn import RENAMED
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

Range = tuple[float | None, bool, float | None]
"""The minimum, whether it is excluded, and the maximum."""

MAX_TEMPERATURE = 2
"""The highest temperature that is offered: answers are noise long before the highest that is taken."""

QUESTION = [{"role": "user", "content": "?"}]
"""Any question: the defaults do not depend on it."""


class Parameter(Struct):
    """A generation parameter.

    `default` is its value in requests that set none, and `default_with_beams` that in beam search if it is another.
    `minimum` and `maximum` bound a number, or the values of an object; with `exclusive_minimum` a value must be over
    the minimum. With `only: sampling` the parameter is refused in beam search.
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


async def describe_parameters(engine: AsyncEngine, max_new_tokens: int) -> Parameters:
    """Return the parameters in the order in which they are shown. Raises `InputError`."""
    defaults = _find_defaults((await engine.prepare(QUESTION)).params, engine.processor)
    beam_defaults = _find_defaults((await engine.prepare(QUESTION, sampling=False)).params, engine.processor)
    ranges: Mapping[str, Range] = {"max_tokens": (1, False, max_new_tokens), "temperature": (0, False, MAX_TEMPERATURE)}
    return Parameters([_describe_parameter(name, defaults, beam_defaults, ranges.get(name)) for name in MEANINGS])


def _find_defaults(params: SamplingParams, processor: ImageProcessor) -> dict[str, Any]:
    """Return the value of each parameter by its name in the body."""
    values = {
        **structs.asdict(params),
        "logprobs": params.logprobs is not None,
        "top_logprobs": params.logprobs,
        "max_slice_nums": processor.max_slice_nums,
        "use_image_id": processor.use_image_id,
        "response_format": None,
    }
    return {name: values[RENAMED.get(name, name)] for name in MEANINGS}


def _describe_parameter(
    name: str, defaults: dict[str, Any], beam_defaults: dict[str, Any], offered: Range | None
) -> Parameter:
    meaning, kind = MEANINGS[name], _find_type(name)
    has_beam_default = meaning.only is None and name != "num_beams" and defaults[name] != beam_defaults[name]
    minimum, is_exclusive, maximum = offered or _find_range(_find_model_type(name) or kind)
    return Parameter(
        name,
        TYPES[type(kind)],
        defaults[name],
        minimum,
        maximum,
        meaning.group,
        meaning.text,
        True if is_exclusive else UNSET,
        beam_defaults[name] if has_beam_default else UNSET,
        meaning.only or UNSET,
    )


def _find_type(name: str) -> inspect.Type:
    """Return the last type that the body allows besides null: the list of `str | list[str]`."""
    kind = _find_field_type(ChatRequest, name)
    assert kind is not None, "every parameter is a field of the body"
    return kind


def _find_model_type(name: str) -> inspect.Type | None:
    """Return the type of the model's parameter that a field sets, None where there is none."""
    option = RENAMED.get(name, name)
    return _find_field_type(SamplingParams, option) or _find_field_type(PromptOptions, option)


def _find_field_type(struct: type[Struct], name: str) -> inspect.Type | None:
    info = inspect.type_info(struct)
    assert isinstance(info, inspect.StructType), "the type of a struct"
    for field in info.fields:
        if field.name == name:
            kinds = field.type.types if isinstance(field.type, inspect.UnionType) else (field.type,)
            return [each for each in kinds if not isinstance(each, inspect.NoneType)][-1]
    return None


def _find_range(kind: inspect.Type) -> Range:
    if isinstance(kind, inspect.DictType):
        kind = kind.value_type
    if not isinstance(kind, inspect.IntType | inspect.FloatType):
        return None, False, None
    return (kind.ge if kind.gt is None else kind.gt), kind.gt is not None, kind.le
