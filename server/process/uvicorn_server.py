"""uvicorn as this server uses it: on a listener, from before the model is loaded until the last answer has gone."""

import asyncio
import signal
import socket
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn
from litestar.types import ASGIApp, Receive, Scope, Send

FLUSH_S = 5
"""How long readers have to take the ends of their answers."""


class Frontend:
    """Serves `app`, which may be replaced. Whoever made that runs its lifespan."""

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
        self._server = _Server(config)
        self._serving = asyncio.create_task(self._server.serve([listener]))

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self.app(scope, receive, send)

    async def stop(self) -> None:
        """No more connections, and an end for those that are there. Again is no error."""
        self._server.should_exit = True
        await self._serving


class _Server(uvicorn.Server):
    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """They are the process's: uvicorn would stop listening at the first, and die of it in the end."""
        yield


class Signals:
    """SIGINT and SIGTERM: the first asks the process to end, a second to end at once."""

    def __init__(self) -> None:
        self.first = asyncio.Event()
        self.second = asyncio.Event()

    @contextmanager
    def caught(self) -> Iterator[None]:
        loop = asyncio.get_running_loop()
        numbers = (signal.SIGINT, signal.SIGTERM)
        for number in numbers:
            loop.add_signal_handler(number, self._note)
        try:
            yield
        finally:
            for number in numbers:
                loop.remove_signal_handler(number)

    def _note(self) -> None:
        (self.second if self.first.is_set() else self.first).set()
