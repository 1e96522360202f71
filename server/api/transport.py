"""What all dialects do with HTTP: read a body, give a stream of events, and notice that a client has left."""

import asyncio
from collections.abc import AsyncIterator, Coroutine, Mapping
from typing import Any, Protocol, TypeVar

import msgspec
from litestar.exceptions import InternalServerException
from litestar.exceptions.http_exceptions import RequestEntityTooLarge
from litestar.response import Stream
from litestar.types import Receive, Scope, Send

from server.api.error_response import AnyRequest, error_body, known_error
from server.api.media_types import SSE
from server.api.pings import respond_with_pings
from server.errors import BadBody, BodyTooLarge, ClientGone

Body = TypeVar("Body")
Result = TypeVar("Result")


UNBUFFERED = {"Cache-Control": "no-cache", "X-Accel-Buffering": "no"}


class Closing(Protocol):
    def close(self) -> None: ...


async def read_body(request: AnyRequest, kind: type[Body]) -> Body:
    """Raises `BadBody`, with the field that is wrong, `BodyTooLarge`, and `ClientGone` where it never came whole."""
    try:
        return msgspec.json.decode(await request.body(), type=kind)
    except RequestEntityTooLarge as error:
        raise BodyTooLarge(request.route_handler.resolve_request_max_body_size() or 0) from error
    except InternalServerException as error:  # all that the framework says of a client that left
        raise ClientGone from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise BadBody(error) from error


def read_query(request: AnyRequest, kind: type[Body]) -> Body:
    """Raises `BadBody`, with the parameter that is wrong."""
    try:
        return msgspec.convert(dict(request.query_params.items()), kind, strict=False)
    except msgspec.ValidationError as error:
        raise BadBody(error) from error


class EventStream(Stream):
    """Events as they come, each an object or a word. `source` is closed at the end, also of a stream never begun.

    What goes wrong on the way is the last event, in the shape of the path's errors.
    """

    def __init__(
        self,
        request: AnyRequest,
        events: AsyncIterator[Any],
        source: Closing,
        media_type: str = SSE,
        headers: Mapping[str, str] = UNBUFFERED,
    ) -> None:
        content = _encoded(request, events, media_type)
        super().__init__(content, media_type=media_type, headers={**UNBUFFERED, **headers})
        self.source = source

    def to_asgi_response(self, *args: Any, **kwargs: Any) -> Any:
        """A generator that never began runs no `finally`, so the response itself must close what it reads."""
        respond = super().to_asgi_response(*args, **kwargs)

        async def closing(scope: Scope, receive: Receive, send: Send) -> None:
            try:
                if self.media_type == SSE:
                    await respond_with_pings(respond, scope, receive, send)
                else:
                    await respond(scope, receive, send)
            finally:
                self.source.close()

        return closing


async def _encoded(request: AnyRequest, events: AsyncIterator[Any], media_type: str) -> AsyncIterator[bytes]:
    try:
        async for event in events:
            yield _line(event, media_type)
    except Exception as error:
        yield _line(error_body(request, known_error(request, error)), media_type)


def _line(event: Any, media_type: str) -> bytes:
    data = event.encode() if isinstance(event, str) else msgspec.json.encode(event)
    return b"data: " + data + b"\n\n" if media_type == SSE else data + b"\n"


async def unless_gone(request: AnyRequest, work: Coroutine[Any, Any, Result]) -> Result:
    """The result of `work`, which is cancelled when the client leaves: a handler that streams nothing is not.

    To be called when the body is read. Raises `ClientGone`.
    """
    working = asyncio.ensure_future(work)
    leaving = asyncio.ensure_future(_wait_for_disconnect(request))
    try:
        await asyncio.wait({working, leaving}, return_when=asyncio.FIRST_COMPLETED)
        if working.done():
            return working.result()
        raise ClientGone
    finally:
        for task in (working, leaving):
            task.cancel()
        await asyncio.gather(working, leaving, return_exceptions=True)


async def _wait_for_disconnect(request: AnyRequest) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass
