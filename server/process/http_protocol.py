"""uvicorn's HTTP protocol with limits: of time, of connections, and of what a request may look like."""

import asyncio
import logging
import socket
from collections.abc import Callable
from functools import partial
from typing import Any, Literal

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

from server.errors import RequestTooSlow, TooManyConnections
from server.process.connection_limits import NUM_SPARE_CONNECTIONS, ConnectionLimits
from server.process.half_closed import HalfClosed
from server.process.http_connection import HTTPConnection
from server.process.http_rules import RequestRefused
from server.process.rare_log import RareLog
from server.process.refusal import write_refusal

READ_BYTES = 64 * 1024
"""How much is read at once: that much of every body may be in memory before the application asks for it."""

LINGER_S = 2.0
"""How long what a client still sends is thrown away after its answer, so that it can read that."""

LEAST_WAITING_S = 1.0
"""How long a connection keeps its place without a request where others want it. Most requests come at once."""

WRITE_CHECK_S = 30.0
LEAST_WRITTEN_BYTES = 16 * 1024
"""A client that has not taken so much of what waits for it by each check has stopped reading."""

Timer = Literal["head", "linger", "write"]

logger = logging.getLogger("server")


class Crowd:
    """What all connections share. `waiting` are those without a request, from the oldest, and since when they wait."""

    def __init__(self) -> None:
        self.waiting: dict[HTTPProtocol, float] = {}
        self.log = RareLog(logger)

    def make_room(self, now: float) -> bool:
        """End the connection that has waited longest for a request; tell whether one had waited for long enough."""
        oldest = next(iter(self.waiting), None)
        if oldest is None or now - self.waiting[oldest] < LEAST_WAITING_S:
            return False
        oldest.end_waiting()
        return True


class HTTPProtocol(H11Protocol):
    def __init__(self, limits: ConnectionLimits, crowd: Crowd, **options: Any) -> None:
        super().__init__(**options)
        self.conn: HTTPConnection = HTTPConnection()
        self._limits = limits
        self._crowd = crowd
        self._timers: dict[Timer, asyncio.TimerHandle] = {}
        self._half_closed: HalfClosed | None = None
        self._is_over = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        transport.max_size = READ_BYTES  # type: ignore[attr-defined]
        transport.set_write_buffer_limits(high=0)  # so that it is told whenever something waits to be written
        _send_at_once(transport.get_extra_info("socket"))
        self._wait_for_head()
        self._find_place()

    def _find_place(self) -> None:
        """Take a place: a free one, or that of a connection without a request, or a spare one."""
        num_connections = len(self.connections)
        if num_connections <= self._limits.max_connections:
            return
        if self._crowd.make_room(self.loop.time()):
            return
        if num_connections <= self._limits.max_connections + NUM_SPARE_CONNECTIONS:
            self.conn.is_spare = True
        else:
            self._refuse(RequestRefused(TooManyConnections()), is_gentle=False)

    def data_received(self, data: bytes) -> None:
        if not self._is_over:
            super().data_received(data)

    def handle_events(self) -> None:
        super().handle_events()
        if self.cycle is not None and self.cycle.transport is self.transport:
            self.cycle.transport = _GentleTransport(self)  # type: ignore[assignment]
        self._watch_request()

    def _watch_request(self) -> None:
        """Begin or end waiting for a head, and for the rest of a body whose answer has been sent."""
        if self._is_over:
            return
        if self.conn.their_state is not h11.IDLE:
            self._crowd.waiting.pop(self, None)
            self._stop_timers("head")
        elif self.timeout_keep_alive_task is None and not self.transport.is_closing():
            self._wait_for_head()
        if self.conn.their_state is not h11.SEND_BODY:
            self._stop_timers("linger")

    def _wait_for_head(self) -> None:
        self._crowd.waiting.setdefault(self, self.loop.time())
        if "head" not in self._timers:
            self._start_timer("head", self._limits.max_head_s, self.end_waiting)

    def end_waiting(self) -> None:
        """End a connection on which no whole request has come; say so where a part of one has."""
        if self.conn.has_partial_head:
            self._refuse(RequestRefused(RequestTooSlow()), is_gentle=False)
        else:
            self._forget_timers()
            self.transport.close()
        self.connections.discard(self)

    def send_400_response(self, msg: str) -> None:  # noqa: ARG002
        """Refuse what h11 or the rules beyond it do not allow. uvicorn has the same `msg` for everything."""
        assert self.conn.refusal is not None
        self._crowd.log.write("a request was refused before it reached the application")
        self._refuse(self.conn.refusal)

    def _refuse(self, refusal: RequestRefused, is_gentle: bool = True) -> None:
        """Answer in place of the application, and close once the client has had the time to read that."""
        self._is_over = True
        self._forget_timers()
        if self.cycle is not None and not self.cycle.response_complete:
            self.cycle.disconnected = True
            self.cycle.message_event.set()
            if self.cycle.response_started:
                self.transport.abort()
                return
        self.transport.write(write_refusal(refusal))
        if is_gentle:
            self._linger()
        else:
            self.transport.close()

    def close(self) -> None:
        """Close after an answer. A client that still sends its body would be reset, and might not read the answer."""
        if self.conn.their_state is h11.SEND_BODY and not self._is_over:
            self._is_over = True
            self._forget_timers()
            self._linger()
        else:
            self.transport.close()

    def _linger(self) -> None:
        """Send no more, and throw away what comes until the client has closed, too."""
        self.transport.write_eof()
        self.flow.resume_reading()
        self._start_timer("linger", LINGER_S, self.transport.abort)

    def on_response_complete(self) -> None:
        if self._is_over:
            return
        super().on_response_complete()
        if self.transport.is_closing() or not self.cycle.response_complete:
            return
        if self.conn.is_spare or self._half_closed is not None:
            self.transport.close()
        elif self.conn.their_state is h11.SEND_BODY:
            self._start_timer("linger", LINGER_S, self.transport.close)
        elif self.conn.their_state is h11.IDLE:
            self._crowd.waiting.setdefault(self, self.loop.time())

    def eof_received(self) -> bool:  # type: ignore[override]
        """Keep the connection of a client that sends no more while its answer is being made."""
        if self._is_over or self.cycle is None or self.cycle.response_complete or self.cycle.more_body:
            return False
        if self._half_closed is None:
            self._half_closed = HalfClosed(self.transport, self.conn.write_sign)
        return True

    def pause_writing(self) -> None:
        super().pause_writing()
        if "write" not in self._timers:
            self._check_writing_later()

    def resume_writing(self) -> None:
        self._stop_timers("write")
        super().resume_writing()

    def _check_writing_later(self) -> None:
        waiting = self.transport.get_write_buffer_size()
        self._start_timer("write", WRITE_CHECK_S, partial(self._check_writing, waiting))

    def _check_writing(self, before: int) -> None:
        if before - self.transport.get_write_buffer_size() < LEAST_WRITTEN_BYTES:
            self.transport.abort()
        else:
            self._check_writing_later()

    def connection_lost(self, exc: Exception | None) -> None:
        self._forget_timers()
        self._stop_timers("write")
        super().connection_lost(exc)

    def _forget_timers(self) -> None:
        self._crowd.waiting.pop(self, None)
        self._stop_timers("head", "linger")
        self._unset_keepalive_if_required()
        if self._half_closed is not None:
            self._half_closed.stop()

    def _start_timer(self, name: Timer, after_s: float, action: Callable[[], None]) -> None:
        self._stop_timers(name)
        self._timers[name] = self.loop.call_later(after_s, action)

    def _stop_timers(self, *names: Timer) -> None:
        for name in names:
            if name in self._timers:
                self._timers.pop(name).cancel()

    def shutdown(self) -> None:
        if self._is_over:
            self.transport.close()
        else:
            super().shutdown()


class _GentleTransport:
    """The transport as the answer's sender sees it, who closes it after some answers."""

    def __init__(self, protocol: HTTPProtocol) -> None:
        self._protocol = protocol

    def close(self) -> None:
        self._protocol.close()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._protocol.transport, name)


def _send_at_once(connection: socket.socket) -> None:
    """Switch Nagle's algorithm off: it holds the end of an answer back until its beginning is acknowledged."""
    if connection.family in (socket.AF_INET, socket.AF_INET6):
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
