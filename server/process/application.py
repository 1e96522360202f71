"""The application with all that it stands on: files, database, traces, model and engine.

Importing this module takes seconds, for it brings torch: `serve()` does so in a thread while it answers already.
"""

import gc
import math
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from litestar.types import ASGIApp

from model.chat import ChatModel
from model.errors import LoadError
from model.loading import load
from model.options import EngineOptions
from server.app import create_app
from server.engine.async_engine import AsyncEngine, RequestLimits
from server.handover.webhook_target import WebhookError, find_webhook
from server.keys.keyring import KeyRing
from server.knowledge.folder.place import FolderError, find_folder
from server.library.embedder import EmbeddingModelError, check_model
from server.pipeline.build import PipelineError, open_files
from server.process.errors import StartError
from server.process.operator_files import OperatorFiles
from server.process.run_in_thread import run_in_thread
from server.process.signals import Signals
from server.settings.setting import NOTHING
from server.settings.settings import Settings
from server.store.errors import DatabaseError
from server.store.store import open_store
from server.telemetry.middleware import instrument
from server.telemetry.tracing import open_tracer


@dataclass(frozen=True)
class Application:
    """`sessions` is where dialogues are kept, for people to read."""

    app: ASGIApp
    engine: AsyncEngine
    sessions: str


@asynccontextmanager
async def open_application(
    settings: Settings, keys: KeyRing | None, signals: Signals, operator_files: OperatorFiles
) -> AsyncIterator[Application]:
    """Open the files and the database, then load the model, which takes longest. Raises `StartError`, `Interrupted`."""
    try:
        files = operator_files.pipeline = open_files(settings)
        find_folder(settings.knowledge)
        find_webhook(settings.webhook)
        if settings.embedding_model != NOTHING:
            check_model(Path(settings.embedding_model))
        async with open_store(settings.sessions_place) as store:
            with open_tracer(settings.traces_endpoint) as tracer:
                model = await signals.interrupt(run_in_thread("load", lambda: load_model(settings)))
                engine = create_engine(settings, model)
                app = create_app(settings, engine, store, keys, files)
                freeze_garbage()
                async with app.lifespan():
                    yield Application(instrument(app, tracer), engine, store.database.where)
                    await engine.close()
    except (DatabaseError, EmbeddingModelError, FolderError, LoadError, PipelineError, WebhookError) as error:
        raise StartError(str(error)) from error


def freeze_garbage() -> None:
    """Leave what is there for good out of the garbage collector's passes.

    They would take a second over all of torch, and so come seldom, while what requests left waits for them.
    """
    gc.collect()
    gc.freeze()
    gc.collect()  # how much is left decides when the next one comes


def load_model(settings: Settings) -> ChatModel:
    """Load the model that the settings name. Raises `LoadError`."""
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
        revision=None if settings.revision == NOTHING else settings.revision,
    )


def create_engine(settings: Settings, model: ChatModel) -> AsyncEngine:
    options = {"max_new_tokens": settings.max_new_tokens, "max_inp_length": settings.max_inp_length}
    timeout_s = settings.step_timeout_s or math.inf
    limits = RequestLimits(settings.max_requests, settings.max_request_s, timeout_s)
    return AsyncEngine(model, options, limits, is_cache_shared=settings.share_prefix_cache)
