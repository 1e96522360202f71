"""What a request wants of the stages, in headers of every dialect: `X-Profile: ecommerce`, `X-Stages: typos=off`, ...

`X-Trace: on` asks what each stage did.
"""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from server.api.account import key_of
from server.api.error_response import AnyRequest
from server.errors import FieldRefused
from server.pipeline.profiles import StageName
from server.pipeline.stage import StageOptions, Trace, TurnContext

SWITCHES = {"on": True, "off": False}


class StageOptionFields(msgspec.Struct, forbid_unknown_fields=True):
    """The same as fields of a body; they go before the headers."""

    profile: str | None = None
    stages: dict[StageName, bool] = {}
    trace: bool = False


class StageOptionHeaders(msgspec.Struct, rename={"profile": "X-Profile", "stages": "X-Stages", "trace": "X-Trace"}):
    """For the OpenAPI document: `read_stage_options()` reads them."""

    profile: Annotated[str, Meta(description="a profile's name")] = ""
    stages: Annotated[str, Meta(description="stages switched on or off: `typos=off, cache=on`")] = ""
    trace: Annotated[Literal["on", "off"], Meta(description="on: the answer says what each stage did")] = "off"


def read_stage_options(
    request: AnyRequest, default: str | None = None, fields: StageOptionFields | None = None
) -> StageOptions:
    """The request's profile goes before that of its key, and the `default` comes last. Raises `FieldRefused`."""
    key = key_of(request)
    fallbacks = (None if key is None else key.profile, default)
    fields = fields or StageOptionFields()
    header = request.headers.get
    is_traced = _switch("X-Trace", header("x-trace", "off"))
    stages = {**_stages(header("x-stages", "")), **fields.stages}
    profile = fields.profile or _utf8(header("x-profile"))
    return StageOptions(profile, fallbacks, stages, is_traced or fields.trace)


def headers_of(trace: Trace) -> dict[str, str]:
    """Of a reply, when it is admitted: `bypass` is also what a cache that is off says."""
    return {"X-Cache": trace.of("cache").get("result", "bypass")}


def traced(context: TurnContext) -> dict[str, Any]:
    """The reply's field for whoever asks for it; complete when the reply has ended."""
    return {"trace": context.trace.notes} if context.stage_options.is_traced else {}


def _utf8(text: str | None) -> str | None:
    """Of a header, which is read byte by byte: clients send Chinese in UTF-8."""
    try:
        return text and text.encode("latin-1").decode()
    except UnicodeError:
        return text


def _stages(text: str) -> Mapping[StageName, bool]:
    pairs = (item.partition("=") for item in text.split(",") if item.strip())
    switched = {name.strip(): _switch("X-Stages", value) for name, _, value in pairs}
    try:
        return msgspec.convert(switched, dict[StageName, bool])
    except msgspec.ValidationError as error:
        raise FieldRefused("X-Stages", str(error)) from error


def _switch(name: str, value: str) -> bool:
    try:
        return SWITCHES[value.strip().lower()]
    except KeyError:
        raise FieldRefused(name, f"{value.strip()!r} is neither on nor off") from None
