"""What all dialects do over HTTP: read a body or a query, stream events, and notice when the client disconnects."""

import asyncio
from collections.abc import AsyncIterator, Coroutine, Mapping
from typing import Any, Protocol, TypeVar

import msgspec
from litestar.exceptions import InternalServerException
from litestar.exceptions.http_exceptions import RequestEntityTooLarge
from litestar.response import Stream
from litestar.types import Receive, Scope, Send

from server.api.error_response import AnyRequest, translate_error, write_error_body
from server.api.media_types import SSE
from server.api.pings import respond_with_pings
from server.errors import BadBody, BodyTooLarge, ClientGone

Body = TypeVar("Body")
Result = TypeVar("Result")

UNBUFFERED = {"Cache-Control": "no-cache", "X-Accel-Buffering": "no"}
"""Headers that keep proxies from holding a stream back; the second is nginx's."""


class Closable(Protocol):
    def close(self) -> None: ...


async def read_body(request: AnyRequest, kind: type[Body]) -> Body:
    """Return the body of a request, decoded from JSON.

    Raises `BadBody` with the field that is wrong, `BodyTooLarge`, and `ClientGone` for a body that broke off.
    """
    try:
        return msgspec.json.decode(await request.body(), type=kind)
    except RequestEntityTooLarge as error:
        raise BodyTooLarge(request.route_handler.resolve_request_max_body_size() or 0) from error
    except InternalServerException as error:  # the framework's only sign of a client that disconnected
        raise ClientGone from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise BadBody(error) from error


def read_query(request: AnyRequest, kind: type[Body]) -> Body:
    """Return the query of a request. Raises `BadBody` with the parameter that is wrong."""
    try:
        return msgspec.convert(dict(request.query_params.items()), kind, strict=False)
    except msgspec.ValidationError as error:
        raise BadBody(error) from error


class EventStream(Stream):
    """A response of events, each sent as soon as there is one: a string as it is, anything else as JSON.

    `source` is closed when the response ends, even if its first event was never asked for. An exception on the way
    becomes the last event, in the error format of the path's dialect.
    """

    def __init__(
        self,
        request: AnyRequest,
        events: AsyncIterator[Any],
        source: Closable,
        media_type: str = SSE,
        headers: Mapping[str, str] = UNBUFFERED,
    ) -> None:
        content = _encode_events(request, events, media_type)
        super().__init__(content, media_type=media_type, headers={**UNBUFFERED, **headers})
        self.source = source

    def to_asgi_response(self, *args: Any, **kwargs: Any) -> Any:
        """Return a response that closes `source`: a generator that was never started runs no `finally`."""
        respond = super().to_asgi_response(*args, **kwargs)

        async def respond_and_close(scope: Scope, receive: Receive, send: Send) -> None:
            try:
                if self.media_type == SSE:
                    await respond_with_pings(respond, scope, receive, send)
                else:
                    await respond(scope, receive, send)
            finally:
                self.source.close()

        return respond_and_close


async def _encode_events(request: AnyRequest, events: AsyncIterator[Any], media_type: str) -> AsyncIterator[bytes]:
    try:
        async for event in events:
            yield _encode_event(event, media_type)
    except Exception as error:
        yield _encode_event(write_error_body(request, translate_error(request, error)), media_type)


def _encode_event(event: Any, media_type: str) -> bytes:
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
