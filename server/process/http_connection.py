"""The state of an HTTP connection: h11's, with the rules that it lacks, and with signs of life for quiet clients."""

from typing import Any

import h11

from server.api.media_types import NDJSON, SSE
from server.api.pings import PING
from server.errors import MalformedRequest, ServerError, TooManyConnections
from server.process.http_rules import RequestRefused, check_request

FILLERS = {SSE.encode(): PING, NDJSON.encode(): b" "}
"""What can be sent between two events of a stream and means nothing, by the media type."""

FREE_CHUNKS = 1000
BYTES_PER_CHUNK = 64
"""So large have chunks of a body to be on average, after the free ones: each costs as much time as a large one."""

HEALTH_PATHS = (b"/health", b"/health/live", b"/health/ready", b"/metrics")


class HTTPConnection(h11.Connection):
    """A server's side of a connection. `refusal` is what the last exception of `next_event` says to the client."""

    def __init__(self) -> None:
        super().__init__(h11.SERVER)
        self.is_spare = False
        """Whether it is one too many: then it serves health checks only."""
        self.refusal: RequestRefused | None = None
        self._filler: bytes | None = None
        self._request: h11.Request | None = None
        self._num_chunks = 0
        self._num_bytes = 0

    @property
    def has_partial_head(self) -> bool:
        return self.their_state is h11.IDLE and bool(self.trailing_data[0])

    def receive_data(self, data: bytes) -> None:
        """Take data, but none after the last request of the connection."""
        if self.their_state not in (h11.MUST_CLOSE, h11.CLOSED, h11.ERROR):
            super().receive_data(data)

    def next_event(self) -> Any:
        """Raises `RequestRefused`."""
        try:
            return self._next_event()
        except RequestRefused as error:
            self.refusal = error
            raise
        except h11.RemoteProtocolError as error:
            self.refusal = RequestRefused(_describe(error), self._request)
            raise self.refusal from error

    def _next_event(self) -> Any:
        if self.their_state is h11.MUST_CLOSE:
            return h11.NEED_DATA
        before = b""
        if self.their_state is h11.IDLE:
            before, self._request = self.trailing_data[0], None
        event = super().next_event()
        if isinstance(event, h11.Request):
            self._num_chunks = self._num_bytes = 0
            event = check_request(event, before[: len(before) - len(self.trailing_data[0])])
            if self.is_spare and event.target.partition(b"?")[0] not in HEALTH_PATHS:
                raise RequestRefused(TooManyConnections(), event)
            self._request = event
        elif isinstance(event, h11.Data) and event.chunk_start:
            self._check_chunks(event)
        return event

    def _check_chunks(self, event: h11.Data) -> None:
        self._num_chunks += 1
        self._num_bytes += len(event.data)
        if self._num_chunks > FREE_CHUNKS + self._num_bytes / BYTES_PER_CHUNK:
            too_small = MalformedRequest(400, "分块过小", "the chunks of its body are too small")
            raise RequestRefused(too_small, self._request)

    def send(self, event: Any) -> Any:
        if isinstance(event, h11.Response):
            media_type = dict(event.headers).get(b"content-type", b"").partition(b";")[0]
            self._filler = FILLERS.get(media_type)
        return super().send(event)

    def write_sign(self) -> bytes:
        """Return what can be sent to see whether anybody still reads, and changes no answer; nothing where none can.

        Clients have to skip any number of interim responses (RFC 9110, section 15.2). Python's skip only `100`.
        """
        if self.our_state is h11.SEND_RESPONSE and self.their_http_version == b"1.1":
            return bytes(self.send(h11.InformationalResponse(status_code=100, headers=[], reason=b"Continue")))
        if self.our_state is h11.SEND_BODY and self._filler is not None:
            return bytes(self.send(h11.Data(data=self._filler)))
        return b""


def _describe(error: h11.RemoteProtocolError) -> ServerError:
    if error.error_status_hint == 431:
        return MalformedRequest(431, "请求头过大", "its head is too large")
    return MalformedRequest(400, "格式不符合 HTTP 规范", "its form is not that of HTTP")
