"""Fields of a body that the server does not know: ignored and told in `X-Ignored`, or refused by name.

What would change an answer is refused: a dialect lists such fields in `REFUSED` of the struct that they belong to.
Whatever else is unknown is ignored, unless the request says `X-Strict: on`, or the operator has set `strict_fields`.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any, ClassVar
from urllib.parse import quote

from litestar.types import Message, Scope
from msgspec import Struct

from server.api.error_response import AnyRequest
from server.api.stage_options import read_switch
from server.errors import FieldRefused
from server.errors.base import shorten

INDEX = re.compile(r"\[\d+\]")
MAX_IGNORED = 50
"""How many fields are noted: clients choose the names, which go into the trace and the log."""

MAX_HEADER = 1000
"""The most characters of the header: clients choose the names."""


class Fields(Struct):
    """An object of a body. `REFUSED` and `IGNORED` are names that are not fields of it, each with values.

    Fields of `REFUSED` are refused, but for those values, which ask for nothing, and for values that are false, such as
    0 and an empty list. Fields of `IGNORED` are ignored as all others are, and with those values not even told.
    """

    REFUSED: ClassVar[Mapping[str, tuple[Any, ...]]] = {}
    IGNORED: ClassVar[Mapping[str, tuple[Any, ...]]] = {}


def note_unknown(request: AnyRequest, given: Any, body: Any) -> None:
    """Keep the names of what `given`, the JSON of `body`, has and `body` has not, for the header and the trace.

    Raises `FieldRefused` for those that would change the answer, and for all where the request is strict.
    """
    names = list(dict.fromkeys(INDEX.sub("[]", path) for path in find_unknown(given, body)))
    note_ignored(request, *names)


def note_ignored(request: AnyRequest, *names: str) -> None:
    """Note fields that have no effect, the first `MAX_IGNORED` of a request.

    Raises `FieldRefused` where the request is strict.
    """
    if is_strict(request) and names:
        raise FieldRefused(names[0], "it has no effect here", "在这里不起作用")
    incoming: Any = request.scope["incoming_body"]  # type: ignore[typeddict-item]
    kept: list[str] = incoming.ignored
    for name in map(shorten, names):
        if len(kept) == MAX_IGNORED:
            break
        if name not in kept:
            kept.append(name)


def get_ignored(scope: Scope) -> list[str]:
    """Return the names of the fields that were ignored in a request."""
    incoming: Any = scope.get("incoming_body")
    return [] if incoming is None else list(incoming.ignored)


def is_strict(request: AnyRequest) -> bool:
    given = request.headers.get("x-strict")
    return bool(request.app.state.get("strict_fields")) if given is None else read_switch("X-Strict", given)


def find_unknown(given: Any, body: Any, path: str = "") -> Iterator[str]:
    """Yield the paths of fields that are not null and that the structs of `body` do not have. Raises `FieldRefused`."""
    if isinstance(body, Struct) and isinstance(given, dict):
        names = dict(zip(body.__struct_encode_fields__, body.__struct_fields__, strict=True))
        tag = body.__struct_config__.tag_field
        refused, ignored = getattr(body, "REFUSED", {}), getattr(body, "IGNORED", {})
        for key, value in given.items():
            here = f"{path}.{key}" if path else key
            if key in names:
                yield from find_unknown(value, getattr(body, names[key]), here)
            elif key in refused and value and value not in refused[key]:
                raise FieldRefused(here, "it is not supported, and would change the answer", "不支持，且会影响回答")
            elif key not in refused and key != tag and value is not None and value not in ignored.get(key, ()):
                yield here
    elif isinstance(body, list) and isinstance(given, list):
        for index, (item, part) in enumerate(zip(given, body, strict=False)):
            yield from find_unknown(item, part, f"{path}[{index}]")


async def add_ignored_header(message: Message, scope: Scope) -> None:
    """Add `X-Ignored: name, ...` to an answer, or to an error, of a request with such fields."""
    if message["type"] == "http.response.start" and (names := get_ignored(scope)):
        message["headers"] = [*message["headers"], (b"X-Ignored", write_names(names).encode())]


def write_names(names: list[str]) -> str:
    """Return the names in ASCII, as many as there is room for; `...` stands for the others."""
    texts: list[str] = []
    num_left = MAX_HEADER
    for text in (quote(name[:MAX_HEADER], safe="[]") or '""' for name in names):  # a value must not end in a space
        num_left -= len(text) + 2
        if num_left < 0:
            return ", ".join((*texts, "..."))
        texts.append(text)
    return ", ".join(texts)
