"""The life of the process that serves: answering, loading, serving, draining, and the end that each can come to.

Imports no torch: the port answers while that is imported.
"""

import asyncio
import logging
import socket
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager as AsyncContextManager
from typing import TYPE_CHECKING

from server.api.operate.loading import create_loading_app
from server.keys.keyring import KeyRing
from server.process.banner import write_banner
from server.process.connection_limits import ConnectionLimits
from server.process.loop_errors import LoopErrors
from server.process.operator_files import OperatorFiles
from server.process.run_in_thread import run_in_thread
from server.process.signals import Interrupted, Signals, wait_for_first
from server.process.uvicorn_server import UvicornServer
from server.process.watchdog import wait_for_engine_error
from server.settings.settings import Settings
from server.telemetry.middleware import instrument

if TYPE_CHECKING:
    from server.engine.async_engine import AsyncEngine
    from server.process.application import Application

OpenApplication = Callable[[Settings, KeyRing | None, Signals, OperatorFiles], AsyncContextManager["Application"]]

EXIT_FAILED = 1
"""The status after an error of the engine, so that a supervisor starts the server again."""

logger = logging.getLogger("server")


async def serve(settings: Settings, listener: socket.socket, keys: KeyRing | None) -> int:
    """Serve until a signal, or until the engine cannot go on; return the exit status.

    Answers from the start on, with 503 until the model is loaded. Raises `StartError`.
    """
    signals, files = Signals(), OperatorFiles(keys)
    asyncio.get_running_loop().set_exception_handler(LoopErrors().handle)
    with signals.catch():
        server = UvicornServer(instrument(create_loading_app()), listener, ConnectionLimits.of(settings))
        reloading = asyncio.create_task(files.reload_on_hangups(signals))
        print(f"loading {settings.model}", flush=True)
        try:
            open_application = await signals.interrupt(run_in_thread("load", _import_open_application))
            async with open_application(settings, keys, signals, files) as application:
                return await _serve_application(application, settings, server, signals)
        except Interrupted:
            return 0
        finally:
            await server.stop()
            reloading.cancel()


def _import_open_application() -> "OpenApplication":
    from server.process.application import open_application  # brings torch

    return open_application


async def _serve_application(
    application: "Application", settings: Settings, server: UvicornServer, signals: Signals
) -> int:
    server.app = application.app
    print(write_banner(application.engine.info, settings, server.port, application.sessions), flush=True)
    has_failed = await _has_failed(application.engine, signals, settings.grace_s)
    await application.engine.close()
    await server.stop()
    return EXIT_FAILED if has_failed else 0


async def _has_failed(engine: "AsyncEngine", signals: Signals, grace_s: float) -> bool:
    """Serve until the engine cannot go on, or until it has drained after a signal."""
    failing = asyncio.ensure_future(wait_for_engine_error(engine))
    if await wait_for_first(failing, signals.first.wait()) == 0:
        logger.critical("the engine has failed: %s", failing.result())
        return True
    await wait_for_first(engine.drain(grace_s), signals.second.wait())
    return False
