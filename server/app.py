"""`create_app()` puts the application together: routes, pipeline, store, keys and what watches them."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from functools import partial
from typing import Any

from litestar import Litestar
from litestar.config.cors import CORSConfig
from litestar.datastructures import State
from litestar.exceptions import HTTPException

from model.errors import InputError
from server.api.authentication import Authentication
from server.api.dialects import DIALECTS
from server.api.error_response import respond_with_error
from server.api.model_names import ModelNames
from server.api.openapi.operation import find_question_paths
from server.api.pages.assets import WEB, Assets
from server.api.pages.config import build_pages_config
from server.dialogue.conversations import Conversations
from server.engine.async_engine import AsyncEngine
from server.errors import ServerError
from server.keys.account import Account, Ledger
from server.keys.keyring import KeyRing
from server.keys.limiter import KeyLimiter
from server.ops.overview import Overview
from server.ops.run_every import run_every
from server.ops.sampling import SAMPLE_EVERY_S, MetricsSampler
from server.pipeline.build import PipelineFiles, build_pipeline, open_files
from server.settings.settings import Settings
from server.store.errors import StoreError
from server.store.expiry import Retention, delete_expired
from server.store.store import Store
from server.telemetry.engine_metrics import EngineCollector
from server.telemetry.metrics import Metrics
from server.turn.image_fetch import PictureFetcher
from server.turn.turn import TurnLimits, Turns

DAY_S = 86400
EXPIRE_EVERY_S = 300.0
OWN_HEADERS = ("X-API-Key", "X-Profile", "X-Request-ID", "X-Stages", "X-Trace")

HANDLED = (ServerError, StoreError, InputError, HTTPException, Exception)
"""The classes of all exceptions. Litestar looks for the nearest one, and has handlers of its own for some."""


def create_app(
    settings: Settings,
    engine: AsyncEngine,
    store: Store,
    keys: KeyRing | None = None,
    files: PipelineFiles | None = None,
) -> Litestar:
    """Return the application. `store` is open, and has to be closed by the caller after the application has ended.

    Without `keys` everybody who reaches the server may use it. Without `files` those of the settings are read now.
    """
    files = files or open_files(settings)
    pipeline = build_pipeline(settings, files, Turns(engine, _build_limits(settings), _build_fetcher(settings)), store)
    metrics, limiter = Metrics(), KeyLimiter(settings.max_streams_per_key)
    metrics.registry.register(EngineCollector(engine))
    routes = [route for dialect in DIALECTS for route in dialect.load_routes()]
    sampler = MetricsSampler(metrics.registry, find_question_paths(routes))

    return Litestar(
        route_handlers=routes,
        state=State(
            {
                "engine": engine,
                "metrics": metrics,
                "overview": Overview(engine, metrics, sampler, pipeline, files, store, keys, limiter),
                "pipeline": pipeline,
                "conversations": Conversations(pipeline, store),
                "store": store,
                **_build_fixed_state(settings, engine, needs_key=keys is not None),
            }
        ),
        lifespan=[_build_lifespan(settings, engine, store, sampler)],
        middleware=[_build_authentication(settings, store, keys, limiter)],
        cors_config=_build_cors(settings),
        exception_handlers=dict.fromkeys(HANDLED, respond_with_error),
        request_max_body_size=settings.max_body_bytes,
        logging_config=None,
        openapi_config=None,
    )


def _build_lifespan(
    settings: Settings, engine: AsyncEngine, store: Store, sampler: MetricsSampler
) -> Callable[[Litestar], AbstractAsyncContextManager[None]]:
    """Return what runs beside the application; the engine is closed when the application ends."""

    @asynccontextmanager
    async def lifespan(_: Litestar) -> AsyncIterator[None]:
        expire = partial(delete_expired, store, _build_retention(settings))
        async with (
            run_every(EXPIRE_EVERY_S, expire, "deleting old sessions"),
            run_every(SAMPLE_EVERY_S, sampler.sample, "sampling the metrics"),
        ):
            yield
        await engine.close()

    return lifespan


def _build_fixed_state(settings: Settings, engine: AsyncEngine, needs_key: bool) -> dict[str, Any]:
    """Return what handlers read from the state and nothing changes."""
    return {
        "profile": settings.profile,
        "max_runs": settings.max_runs or None,
        "assets": Assets.load(WEB),
        "pages_config": build_pages_config(settings, engine.info, needs_key),
        "names": ModelNames.of(engine.info.source, settings.aliases),
    }


def _build_authentication(
    settings: Settings, store: Store, keys: KeyRing | None, limiter: KeyLimiter
) -> Authentication:
    """Without keys, clients are operators: only their own machine reaches the server, unless all were let in."""
    anonymous = Account(is_operator=not settings.open_without_keys)
    return Authentication(keys, limiter, Ledger(store), anonymous)


def _build_cors(settings: Settings) -> CORSConfig | None:
    """Return None where no origin is allowed: no preflight is answered then, so browsers let no other page read."""
    if not settings.allowed_origins:
        return None
    return CORSConfig(
        allow_origins=list(settings.allowed_origins),
        allow_headers=["Authorization", "Content-Type", "Accept-Language", *OWN_HEADERS],
        expose_headers=["Retry-After", "X-Cache", "X-Request-ID", "X-Session", "X-Turn"],
    )


def _build_retention(settings: Settings) -> Retention:
    return Retention(
        settings.max_session_age_days * DAY_S,
        settings.max_sessions,
        settings.max_cached_answer_age_days * DAY_S,
        settings.max_cached_answers,
    )


def _build_limits(settings: Settings) -> TurnLimits:
    return TurnLimits(
        max_images=settings.max_images,
        max_image_pixels=settings.max_image_pixels,
        max_inp_length=settings.max_inp_length,
        max_new_tokens=settings.max_new_tokens,
    )


def _build_fetcher(settings: Settings) -> PictureFetcher:
    return PictureFetcher(settings.allowed_image_hosts, settings.max_image_bytes, settings.max_image_fetch_s)
