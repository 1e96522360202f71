"""uvicorn as this server uses it: on a listener, from before the model is loaded until the last answer has gone."""

import asyncio
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import uvicorn
from litestar.types import ASGIApp, Receive, Scope, Send

from server.process.connection_limits import ConnectionLimits
from server.process.http_protocol import Crowd, HTTPProtocol

FLUSH_S = 1.0
"""How long clients have to read the ends of their answers when the server stops."""

END_S = 2
"""How long requests have to end altogether when the server stops, those that are not read any more too."""

ACCEPTS_AT_ONCE = 32
"""How many connections are taken before any is served: each has a file, which the limits do not know of yet."""


class UvicornServer:
    """Serves `app`, which may be replaced at any time; its lifespan is run by whoever made it."""

    def __init__(self, app: ASGIApp, listener: socket.socket, limits: ConnectionLimits | None = None) -> None:
        self.app = app
        self.port: int = listener.getsockname()[1]
        self._server = PlainServer(create_config(self._serve, limits or ConnectionLimits(), lifespan="off"))
        self._serving = asyncio.create_task(self._server.serve([listener]))

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await self.app(scope, receive, send)
        except asyncio.CancelledError:  # else uvicorn logs each request that it cancels at the end
            if not self._server.should_exit:
                raise

    async def stop(self) -> None:
        """Take no more connections and end those that are open, where they are not read in time, too.

        Stopping twice is allowed.
        """
        self._server.should_exit = True
        await asyncio.wait({self._serving}, timeout=FLUSH_S)
        for connection in list(self._server.server_state.connections):
            connection.transport.abort()
        await self._serving


class PlainServer(uvicorn.Server):
    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave signals to the process: uvicorn would stop listening at the first, and raise it again at its end."""
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to listen. The system keeps as many connections waiting as it can, however few are taken at once."""
        await super().startup(sockets)
        for listener in sockets or ():
            listener.listen(socket.SOMAXCONN)


def create_config(app: Any, limits: ConnectionLimits, **options: Any) -> uvicorn.Config:
    """Return the configuration of uvicorn. Its logs are off: the access log is the application's own."""
    return uvicorn.Config(
        app,
        http=partial(HTTPProtocol, limits, Crowd()),  # type: ignore[arg-type]
        ws="none",
        interface="asgi3",
        log_config=None,
        log_level="error",
        access_log=False,
        backlog=ACCEPTS_AT_ONCE,
        timeout_graceful_shutdown=END_S,
        **options,
    )
