"""Clients that send no more: some wait for their answer, others have left, and TCP tells both in the same way.

Only what is sent to a client that has left brings its reset back.
"""

import asyncio
import socket
from collections.abc import Callable

SIGN_AFTER_S = (0.2, 5.0, 20.0, 80.0, 320.0)
"""When signs are sent, after the end of what the client sends. Some clients take five at most; most answers to clients
that still read begin before the first."""

LOOK_EVERY_S = 0.1


class HalfClosed:
    """Watches a client from the end of what it sends on; ends the connection once it is known to have left."""

    def __init__(self, transport: asyncio.Transport, write_sign: Callable[[], bytes]) -> None:
        self._transport = transport
        self._write_sign = write_sign
        self._loop = asyncio.get_running_loop()
        self._began_s = self._loop.time()
        self._due = list(SIGN_AFTER_S)
        self._timer: asyncio.TimerHandle | None = None
        self._look()

    def _look(self) -> None:
        if self._transport.is_closing():
            return
        if has_error(self._transport):
            self._transport.abort()
            return
        if self._due and self._loop.time() - self._began_s >= self._due[0]:
            self._due.pop(0)
            self._transport.write(self._write_sign())
        self._timer = self._loop.call_later(LOOK_EVERY_S, self._look)

    def stop(self) -> None:
        if self._timer is not None:
            self._timer.cancel()


def has_error(transport: asyncio.Transport) -> bool:
    """Tell whether the other side has reset the connection. The event loop does not see it once it reads no more."""
    connection: socket.socket = transport.get_extra_info("socket")
    return connection.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) != 0
