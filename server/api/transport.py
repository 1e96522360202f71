"""What all dialects do over HTTP: read a body or a query, stream events, and notice when the client disconnects."""

import asyncio
from collections.abc import AsyncIterator, Coroutine, Mapping
from contextlib import nullcontext, suppress
from functools import partial
from typing import Any, TypeVar

import msgspec
from litestar.response import Stream
from litestar.types import Receive, Scope, Send

from server.api.body_errors import write_body_error
from server.api.body_intake import IncomingBody
from server.api.body_limits import check_parts
from server.api.error_response import AnyRequest, translate_error, write_error_body
from server.api.media_types import SSE
from server.api.pings import respond_with_pings
from server.api.stream_guard import Closable, StreamGuard, find_access
from server.api.unknown_fields import note_unknown
from server.errors import ClientGone

Body = TypeVar("Body")
Result = TypeVar("Result")

UNBUFFERED = {"Cache-Control": "no-cache", "X-Accel-Buffering": "no"}
"""Headers that keep proxies from holding a stream back; the second is nginx's."""


MAX_INLINE_BYTES = 64 * 1024
"""The largest body that is parsed in the event loop."""

BOM = b"\xef\xbb\xbf"
"""The byte order mark of UTF-8, which some editors and languages put before a text."""

MAX_WHOLE_FLOAT = 2**53
"""Floats up to this one have every integer among them."""


async def read_body(request: AnyRequest, kind: type[Body], max_values: int | None = None) -> Body:
    """Return the body of a request, decoded from JSON. `max_values` replaces the limit of a kind that keeps most raw.

    Fields that `kind` does not have are noted, see `unknown_fields.py`; one that keeps parts raw refuses them itself.
    Raises `BadBody` with the field that is wrong, `FieldRefused`, `TooManyParts`, and what `IncomingBody.read` raises.
    """
    incoming: IncomingBody = request.scope["incoming_body"]  # type: ignore[typeddict-item]
    text = await incoming.read(request, max_values or incoming.limits.max_values)
    decode = partial(_decode_body, text, kind, incoming.limits.max_parts, is_raw=max_values is not None)
    if len(text) > MAX_INLINE_BYTES:  # the interpreter's lock is held all the same, but others get their turns between
        async with incoming.turns.parsing:
            given, body = await asyncio.to_thread(decode)
    else:
        given, body = decode()
    note_unknown(request, given, body)
    return body


def _decode_body(text: bytearray, kind: type[Body], max_parts: int, is_raw: bool) -> tuple[Any, Body]:
    """Return the JSON of a body, which is None for a raw kind, and the body.

    Drop its text, which may be large, even where an exception keeps a reference to it.
    """
    if text.startswith(BOM):
        del text[: len(BOM)]
    given, body, refusal = None, None, None
    try:
        if is_raw:
            body = msgspec.json.decode(text, type=kind)
        else:
            given = msgspec.json.decode(text)
            body = convert_json(given, kind)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        refusal = write_body_error(error, text)
    with suppress(BufferError):  # a `Raw` in the body is a part of the text
        text.clear()
    if refusal is not None:
        raise refusal
    assert body is not None, "a body is a struct"
    check_parts(body, max_parts)
    return given, body


def convert_json(given: Any, kind: type[Body]) -> Body:
    """Return JSON as `kind`. Where it does not fit, whole floats are taken for integers: some clients send `1.0`.

    Raises `msgspec.ValidationError`.
    """
    try:
        return msgspec.convert(given, kind, str_keys=True)  # as JSON has no others
    except msgspec.ValidationError:
        mended = _replace_whole_floats(given)
    return msgspec.convert(mended, kind, str_keys=True)


def _replace_whole_floats(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _replace_whole_floats(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_replace_whole_floats(item) for item in value]
    is_whole = isinstance(value, float) and value.is_integer() and abs(value) <= MAX_WHOLE_FLOAT
    return int(value) if is_whole else value


def read_query(request: AnyRequest, kind: type[Body]) -> Body:
    """Return the query of a request. Raises `BadBody` with the parameter that is wrong."""
    try:
        return msgspec.convert(dict(request.query_params.items()), kind, strict=False)
    except msgspec.ValidationError as error:
        raise write_body_error(error) from error


class NamedEvent(msgspec.Struct):
    """A server-sent event with a name, for clients that listen to events by name."""

    name: str
    data: Any


class SentEvent(msgspec.Struct):
    """A server-sent event with an id, from which on a client goes on, or with how long it waits before that.

    https://html.spec.whatwg.org/multipage/server-sent-events.html
    """

    data: Any
    id: str | None = None
    retry_ms: int | None = None


class EventStream(Stream):
    """A response of events, each sent as soon as there is one: a string as it is, anything else as JSON.

    `source`, where there is one, is closed when the response ends, even if its first event was never asked for. An
    exception on the way becomes the last event, in the error format of the path's dialect; so does the end of what let
    the client in, see `stream_guard.py`.
    """

    def __init__(
        self,
        request: AnyRequest,
        events: AsyncIterator[Any],
        source: Closable | None = None,
        media_type: str = SSE,
        headers: Mapping[str, str] = UNBUFFERED,
    ) -> None:
        access = find_access(request.scope)
        self._guard = None if access is None else StreamGuard(access, source)
        guarded = events if self._guard is None else self._guard.read(events)
        content = _encode_events(request, guarded, media_type)
        super().__init__(content, media_type=media_type, headers={**UNBUFFERED, **headers})
        self.source = source

    def to_asgi_response(self, *args: Any, **kwargs: Any) -> Any:
        """Return a response that closes `source`: a generator that was never started runs no `finally`."""
        respond = super().to_asgi_response(*args, **kwargs)

        async def respond_and_close(scope: Scope, receive: Receive, send: Send) -> None:
            try:
                async with nullcontext() if self._guard is None else self._guard.watch():
                    if self.media_type == SSE:
                        await respond_with_pings(respond, scope, receive, send)
                    else:
                        await respond(scope, receive, send)
            finally:
                if self.source is not None:
                    self.source.close()

        return respond_and_close


async def _encode_events(request: AnyRequest, events: AsyncIterator[Any], media_type: str) -> AsyncIterator[bytes]:
    try:
        async for event in events:
            yield _encode_event(event, media_type)
    except Exception as error:
        yield _encode_event(write_error_body(request, translate_error(request, error)), media_type)


def _encode_event(event: Any, media_type: str) -> bytes:
    if isinstance(event, NamedEvent):
        return b"event: " + event.name.encode() + b"\n" + _encode_event(event.data, SSE)
    if isinstance(event, SentEvent):
        head = b"" if event.id is None else b"id: " + event.id.encode() + b"\n"
        retry = b"" if event.retry_ms is None else b"retry: %d\n" % event.retry_ms
        return head + retry + _encode_event(event.data, SSE)
    data = event.encode() if isinstance(event, str) else msgspec.json.encode(event)
    return b"data: " + data + b"\n\n" if media_type == SSE else data + b"\n"


async def run_while_connected(request: AnyRequest, work: Coroutine[Any, Any, Result]) -> Result:
    """Return the result of `work`, or cancel it and raise `ClientGone` when the client disconnects.

    The framework cancels only handlers that stream. The body must have been read before.
    """
    working = asyncio.ensure_future(work)
    disconnecting = asyncio.ensure_future(_wait_for_disconnect(request))
    try:
        await asyncio.wait({working, disconnecting}, return_when=asyncio.FIRST_COMPLETED)
        if working.done():
            return working.result()
        raise ClientGone
    finally:
        for task in (working, disconnecting):
            task.cancel()
        await asyncio.gather(working, disconnecting, return_exceptions=True)


async def _wait_for_disconnect(request: AnyRequest) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass
