"""One line a request: method, path, status and time. Never what was asked or shown."""

import logging
import time

from litestar.enums import ScopeType
from litestar.types import ASGIApp, Message, Receive, Scope, Send

logger = logging.getLogger("server")


def access_log(app: ASGIApp) -> ASGIApp:
    """Goes around the whole application: its middleware never sees unknown paths and methods."""

    async def logged(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != ScopeType.HTTP:
            await app(scope, receive, send)
            return
        started, status = time.perf_counter(), 0

        async def send_noting_status(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await app(scope, receive, send_noting_status)
        finally:
            seconds = time.perf_counter() - started
            logger.info("%s %s %s %.3f s", scope.get("method"), scope["path"], status or "no answer", seconds)

    return logged
