"""What a request sets for the pipeline's stages: the profile, stages switched on or off, and whether to trace them.

Every dialect reads it from headers (`X-Profile: ecommerce`, `X-Stages: typos=off`, `X-Trace: on`); our own routes also
take it as fields of the body.
"""

from collections.abc import Mapping
from typing import Annotated, Any, Literal, get_args

import msgspec
from msgspec import Meta

from server.api.account import find_key, refuse_for_customers
from server.api.error_response import AnyRequest
from server.errors import FieldRefused
from server.pipeline.profiles import StageName
from server.pipeline.stage import StageOptions, Trace, TurnContext

SWITCHES = {"on": True, "off": False}


class StageOptionFields(msgspec.Struct):
    """The fields of a body that set the same as the headers. They take precedence."""

    profile: str | None = None
    stages: dict[StageName, bool] | None = None
    trace: bool | None = None


class StageOptionHeaders(
    msgspec.Struct,
    rename={"profile": "X-Profile", "stages": "X-Stages", "trace": "X-Trace", "strict": "X-Strict"},
):
    """The headers, for the OpenAPI document only; `read_stage_options` reads them."""

    profile: Annotated[str, Meta(description="the name of a profile")] = ""
    stages: Annotated[str, Meta(description="stages to switch on or off: `typos=off, cache=on`")] = ""
    trace: Annotated[Literal["on", "off"], Meta(description="`on` adds what each stage did to the answer")] = "off"
    strict: Annotated[Literal["on", "off"], Meta(description="`on` refuses fields that have no effect")] = "off"


def read_stage_options(
    request: AnyRequest, default: str | None = None, fields: StageOptionFields | None = None
) -> StageOptions:
    """Return what a request sets. Without a profile its key's is used, then `default`, then what the pipeline has.

    Raises `FieldRefused` for a header that cannot be read, `CustomerForbidden` for what a customer may not set.
    """
    key = find_key(request)
    fallbacks = (None if key is None else key.default_profile, default)
    fields = fields or StageOptionFields()
    header = request.headers.get
    is_traced = read_switch("X-Trace", header("x-trace", "off"))
    stages = {**_read_stages(header("x-stages", "")), **(fields.stages or {})}
    profile = fields.profile or _decode_utf8(header("x-profile"))
    set_by_request = {"profile": profile, "stages": stages, "trace": is_traced or fields.trace}
    refuse_for_customers(request, *(name for name, value in set_by_request.items() if value))
    ignored = tuple(request.scope["incoming_body"].ignored)  # type: ignore[typeddict-item]
    return StageOptions(profile, fallbacks, stages, is_traced or bool(fields.trace), ignored)


def write_cache_header(trace: Trace) -> dict[str, str]:
    """Return the header that says whether an answer came from the cache: `hit`, `miss`, or `bypass` where it is off."""
    return {"X-Cache": trace.get("cache").get("result", "bypass")}


def write_trace(context: TurnContext) -> dict[str, Any]:
    """Return the field `trace` of an answer, or nothing where the request did not ask for it.

    It is complete when the answer has ended.
    """
    return {"trace": context.trace.notes} if context.stage_options.is_traced else {}


def _decode_utf8(text: str | None) -> str | None:
    """Return the value of a header that holds UTF-8, as clients send Chinese: the framework reads it as Latin-1."""
    try:
        return text and text.encode("latin-1").decode()
    except UnicodeError:
        return text


def _read_stages(text: str) -> Mapping[StageName, bool]:
    pairs = (item.partition("=") for item in text.split(",") if item.strip())
    switches = {name.strip(): read_switch("X-Stages", value) for name, _, value in pairs}
    try:
        return msgspec.convert(switches, dict[StageName, bool])
    except msgspec.ValidationError as error:
        known = get_args(StageName)
        raise FieldRefused(
            "X-Stages",
            f"the stages that can be switched are {', '.join(known)}",
            f"可以开关的环节只有 {'、'.join(known)}",
        ) from error


def read_switch(name: str, value: str) -> bool:
    """Return whether the header `name` says `on` or `off`. Raises `FieldRefused`."""
    try:
        return SWITCHES[value.strip().lower()]
    except KeyError:
        raise FieldRefused(
            name, f"{value.strip()!r} is neither on nor off", f"{value.strip()!r} 既不是 on 也不是 off"
        ) from None
