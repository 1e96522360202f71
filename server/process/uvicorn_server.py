"""uvicorn as this server uses it: on a listener, from before the model is loaded until the last answer has gone."""

import asyncio
import socket
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn
from litestar.types import ASGIApp, Receive, Scope, Send

FLUSH_S = 5
"""How long clients have to read the ends of their answers when the server stops."""


class UvicornServer:
    """Serves `app`, which may be replaced at any time; its lifespan is run by whoever made it."""

    def __init__(self, app: ASGIApp, listener: socket.socket) -> None:
        self.app = app
        self.port: int = listener.getsockname()[1]
        # the access log is the application's own; uvicorn's lines of its own life say little
        config = uvicorn.Config(
            self._serve,
            interface="asgi3",
            lifespan="off",
            log_config=None,
            log_level="error",
            access_log=False,
            timeout_graceful_shutdown=FLUSH_S,
        )
        self._server = _SignalFreeServer(config)
        self._serving = asyncio.create_task(self._server.serve([listener]))

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self.app(scope, receive, send)

    async def stop(self) -> None:
        """Take no more connections and end those that are open. Stopping twice is allowed."""
        self._server.should_exit = True
        await self._serving


class _SignalFreeServer(uvicorn.Server):
    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave signals to the process: uvicorn would stop listening at the first, and raise it again at its end."""
        yield
