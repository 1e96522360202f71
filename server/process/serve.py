"""The life of the process that serves: loading, serving, draining, and the end that each can come to."""

import asyncio
import logging
import math
import socket
import threading
from collections.abc import Coroutine
from concurrent.futures import Future
from typing import Any

from opentelemetry.trace import Tracer

from model.chat import ChatModel
from model.loading import load
from model.options import EngineOptions
from server.api.operate.loading import create_loading_app
from server.app import create_app
from server.engine.async_engine import AsyncEngine, RequestLimits
from server.keys.keyring import KeyRing
from server.pipeline.build import PipelineFiles
from server.process.banner import banner
from server.process.uvicorn_server import Frontend, Signals
from server.process.watchdog import wait_for_engine_error
from server.settings.settings import Settings
from server.store.store import Store
from server.telemetry.middleware import observed

EXIT_FAILED = 1
"""So that a supervisor starts the server again."""

logger = logging.getLogger("server")


async def serve(
    settings: Settings,
    listener: socket.socket,
    store: Store,
    keys: KeyRing | None,
    files: PipelineFiles,
    tracer: Tracer | None,
) -> int:
    """The exit status. Answers from the start on, with 503 until the model is loaded. Raises `LoadError`."""
    signals = Signals()
    with signals.caught():
        frontend = Frontend(observed(create_loading_app()), listener)
        print(f"loading {settings.model}", flush=True)
        loading = asyncio.ensure_future(_load_in_thread(settings))
        try:
            if await first_of(loading, signals.first.wait()) == 1:
                return 0
            engine = AsyncEngine(loading.result(), *_options(settings))
            app = create_app(settings, engine, store, keys, files)
            async with app.lifespan():
                frontend.app = observed(app, tracer)
                print(banner(engine.info, settings, frontend.port, store.database.where), flush=True)
                has_failed = await _has_failed(engine, signals, settings.grace_s)
                await engine.close()
                await frontend.stop()
            return EXIT_FAILED if has_failed else 0
        finally:
            await frontend.stop()


async def _has_failed(engine: AsyncEngine, signals: Signals, grace_s: float) -> bool:
    """Serves until the engine fails, or until it has drained after a signal."""
    failing = asyncio.ensure_future(wait_for_engine_error(engine))
    if await first_of(failing, signals.first.wait()) == 0:
        logger.critical("the engine has failed: %s", failing.result())
        return True
    await first_of(engine.drain(grace_s), signals.second.wait())
    return False


async def first_of(*works: Coroutine[Any, Any, Any] | asyncio.Future[Any]) -> int:
    """Which of them ends first; the others are cancelled."""
    tasks = [asyncio.ensure_future(work) for work in works]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        return next(index for index, task in enumerate(tasks) if task in done)
    finally:
        unfinished = [task for task in tasks if not task.done()]
        for task in unfinished:
            task.cancel()
        await asyncio.gather(*unfinished, return_exceptions=True)


async def _load_in_thread(settings: Settings) -> ChatModel:
    """In one that the end of the process does not wait for."""
    loaded: Future[ChatModel] = Future()

    def run() -> None:
        try:
            loaded.set_result(load_model(settings))
        except BaseException as error:
            loaded.set_exception(error)

    loaded.set_running_or_notify_cancel()
    threading.Thread(target=run, name="load", daemon=True).start()
    return await asyncio.wrap_future(loaded)


def load_model(settings: Settings) -> ChatModel:
    """Raises `LoadError`."""
    options = EngineOptions(
        max_num_seqs=settings.max_num_seqs,
        max_num_batched_tokens=settings.max_num_batched_tokens or None,
        kv_cache_bytes=settings.kv_cache_bytes or None,
        kv_cache_fraction=settings.kv_cache_percent / 100,
        image_cache_bytes=settings.image_cache_bytes,
        stops_cycles=settings.repetition_guard,
        is_eager=settings.eager,
    )
    return load(
        settings.model,
        dtype=settings.dtype,
        quantization=settings.quantization,
        device=settings.device,
        attention=settings.attention,
        engine=options,
    )


def _options(settings: Settings) -> tuple[dict[str, Any], RequestLimits]:
    options = {"max_new_tokens": settings.max_new_tokens, "max_inp_length": settings.max_inp_length}
    return options, RequestLimits(settings.max_requests, settings.max_request_s, settings.step_timeout_s or math.inf)
