"""Passing on what a step brought, from the device thread to the streams. Each delivery stands alone."""

import asyncio
import logging
from collections.abc import Callable
from typing import Any

from server.engine.device_worker import StreamUpdate

logger = logging.getLogger("server")


def call_soon(loop: asyncio.AbstractEventLoop, function: Callable[..., None], *args: Any) -> None:
    """Have the event loop call a function, unless it is closed: then nobody waits for anything."""
    try:
        loop.call_soon_threadsafe(function, *args)
    except RuntimeError:
        if not loop.is_closed():
            raise


def deliver(update: StreamUpdate) -> None:
    """Give a stream its update. One that cannot take it ends with the error, for an answer must not lack text."""
    stream = update.stream
    try:
        stream.group = update.group
        stream.feed(update.deltas)
        if update.error is not None:
            stream.fail(_make_exception(update.error))
    except (KeyboardInterrupt, SystemExit):
        raise
    except BaseException as error:
        logger.exception("an answer could not be passed on")
        stream.close()
        stream.fail(_make_exception(error))


def _make_exception(error: BaseException) -> Exception:
    """Return an error that handlers of requests catch: a panic of an extension in Rust is no `Exception`."""
    if isinstance(error, Exception):
        return error
    failure = RuntimeError(f"{type(error).__name__}: {error}")
    failure.__cause__ = error
    return failure
