"""What the event loop has to say of connections that it cannot take."""

import asyncio
import logging
from typing import Any

from server.process.rare_log import RareLog

logger = logging.getLogger("server")


class LoopErrors:
    """The handler of the loop's exceptions. Where files run out, each of the waiting connections is one."""

    def __init__(self) -> None:
        self._log = RareLog(logger)

    def handle(self, loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        error = context.get("exception")
        if isinstance(error, OSError) and "accept" in context.get("message", ""):
            self._log.write(f"connections cannot be taken at the moment: {error.strerror}")
        else:
            loop.default_exception_handler(context)
