"""`create_app()` puts the application together: routes, pipeline, store, keys and what watches them."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from functools import partial
from typing import Any

from litestar import Litestar
from litestar.config.cors import CORSConfig
from litestar.datastructures import State
from litestar.exceptions import HTTPException

from model.errors import InputError
from server.api.authentication import Authentication
from server.api.body_intake import BodyIntake
from server.api.body_limits import BodyLimits
from server.api.browser_guard import BrowserGuard
from server.api.dialects import DIALECTS
from server.api.error_response import respond_with_error
from server.api.hosts import LOCAL_ORIGIN, OwnHosts
from server.api.model_names import ModelNames
from server.api.openapi.operation import find_question_paths
from server.api.pages.assets import WEB, Assets
from server.api.pages.config import build_pages_config
from server.api.security_headers import add_security_headers
from server.api.unknown_fields import add_ignored_header
from server.composition.services import Services, build_services
from server.engine.async_engine import AsyncEngine
from server.errors import ServerError
from server.handover.watching import POLL_S
from server.keys.account import Account, Ledger
from server.keys.keyring import KeyRing
from server.knowledge.folder.folder import CHECK_EVERY_S, FollowedFolder
from server.ops.overview import Overview
from server.ops.run_every import run_every
from server.ops.sampling import SAMPLE_EVERY_S, MetricsSampler
from server.ops.worth import RECORD_EVERY_S, Worth
from server.pipeline.build import PipelineFiles, open_files
from server.settings.settings import Settings
from server.store.errors import StoreError
from server.store.expiry import Retention, delete_expired
from server.store.store import Store
from server.telemetry.desk_metrics import DeskMetrics
from server.telemetry.document_metrics import DocumentCollector
from server.telemetry.engine_metrics import EngineCollector
from server.telemetry.metrics import Metrics
from server.telemetry.webhook_metrics import WebhookCollector
from server.tools.protocols import Runner

DAY_S = 86400
EXPIRE_EVERY_S = 300.0
EMBED_EVERY_S = 5.0
RECOVER_EVERY_S = 5.0
SEND_EVERY_S = 1.0
SUMMARIZE_EVERY_S = 60.0

HANDLED = (ServerError, StoreError, InputError, HTTPException, Exception)
"""The classes of all exceptions. Litestar looks for the nearest one, and has handlers of its own for some."""


def create_app(
    settings: Settings,
    engine: AsyncEngine,
    store: Store,
    keys: KeyRing | None = None,
    files: PipelineFiles | None = None,
    runner: Runner | None = None,
) -> Litestar:
    """Return the application. `store` is open, and has to be closed by the caller after the application has ended.

    Without `keys` everybody who reaches the server may use it. Without `files` those of the settings are read now.
    `runner` runs the calls that change data; without it there are none.
    """
    files = files or open_files(settings)
    services = build_services(settings, engine, store, keys, files, runner)
    metrics, limiter = Metrics(), services.limiter
    metrics.registry.register(EngineCollector(engine))
    metrics.registry.register(DocumentCollector(services.library.stats))
    metrics.registry.register(WebhookCollector(services.webhooks))
    routes = [route for dialect in DIALECTS for route in dialect.load_routes()]
    sampler = MetricsSampler(metrics.registry, find_question_paths(routes))
    overview = Overview(engine, metrics, sampler, services.pipeline, files, store, keys, limiter)
    desk_metrics = DeskMetrics(metrics.registry, services.pipeline.has_profile)
    worth = Worth(store.outcomes, desk_metrics, keys, settings.profile)

    return Litestar(
        route_handlers=routes,
        state=State(
            {
                "engine": engine,
                "metrics": metrics,
                "overview": overview,
                "worth": worth,
                "store": store,
                **services.to_state(),
                **_build_fixed_state(settings, engine, needs_key=keys is not None),
            }
        ),
        lifespan=[_build_lifespan(settings, engine, store, sampler, worth, services)],
        middleware=_build_middleware(settings, store, keys, services),
        before_send=[add_security_headers, add_ignored_header],
        cors_config=_build_cors(settings, needs_key=keys is not None),
        exception_handlers=dict.fromkeys(HANDLED, respond_with_error),
        request_max_body_size=settings.max_body_bytes,
        logging_config=None,
        openapi_config=None,
    )


def _build_lifespan(
    settings: Settings,
    engine: AsyncEngine,
    store: Store,
    sampler: MetricsSampler,
    worth: Worth,
    services: Services,
) -> Callable[[Litestar], AbstractAsyncContextManager[None]]:
    """Return what runs beside the application; the engine and all processes are closed when it ends."""

    @asynccontextmanager
    async def lifespan(_: Litestar) -> AsyncIterator[None]:
        expire = partial(delete_expired, store, _build_retention(settings))
        async with (
            run_every(EXPIRE_EVERY_S, expire, "deleting old sessions"),
            run_every(SAMPLE_EVERY_S, sampler.sample, "sampling the metrics"),
            run_every(POLL_S, services.watchers.poll, "looking for changes of other servers' sessions"),
            run_every(EMBED_EVERY_S, services.search.embed_missing, "embedding passages"),
            run_every(RECOVER_EVERY_S, services.actions.recover, "ending actions"),
            run_every(RECORD_EVERY_S, worth.record, "storing how sessions ended"),
            run_every(SEND_EVERY_S, services.webhooks.send_due, "sending webhooks"),
            run_every(SUMMARIZE_EVERY_S, services.summaries.write_missing, "writing summaries"),
            services.library.read_in_background(),
            _follow(services.folder),
        ):
            yield
        await services.actions.close(settings.grace_s)
        await engine.close()
        await services.close()

    return lifespan


def _follow(folder: FollowedFolder | None) -> AbstractAsyncContextManager[None]:
    """Keep the knowledge base as the followed folder is, if there is one."""
    return nullcontext() if folder is None else run_every(CHECK_EVERY_S, folder.check, "following the folder")


def _build_fixed_state(settings: Settings, engine: AsyncEngine, needs_key: bool) -> dict[str, Any]:
    """Return what handlers read from the state and nothing changes."""
    return {
        "profile": settings.profile,
        "strict_fields": settings.strict_fields,
        "max_runs": settings.max_runs or None,
        "max_document_wait_s": settings.max_document_wait_s,
        "max_streams_per_customer": settings.max_streams_per_customer,
        "max_collections": settings.max_collections,
        "assets": Assets.load(WEB),
        "pages_config": build_pages_config(settings, engine.info, needs_key),
        "names": ModelNames.of(engine.info.source, settings.aliases),
        "embedding_aliases": settings.embedding_names,
    }


def _build_middleware(settings: Settings, store: Store, keys: KeyRing | None, services: Services) -> list[Any]:
    """Return what a request goes through before its route, the outermost first."""
    cors = _build_cors(settings, needs_key=keys is not None)
    guard = [] if keys is not None else [BrowserGuard(OwnHosts.of(settings), cors)]
    return [*guard, BodyIntake(BodyLimits.of(settings)), _build_authentication(settings, store, keys, services)]


def _build_authentication(settings: Settings, store: Store, keys: KeyRing | None, services: Services) -> Authentication:
    """Without keys, clients are operators: only their own machine reaches the server, unless all were let in."""
    anonymous = Account(is_operator=not settings.open_without_keys)
    return Authentication(keys, services.limiter, Ledger(store), anonymous, services.customers)


def _build_cors(settings: Settings, needs_key: bool) -> CORSConfig | None:
    """Return None where no origin is allowed: no preflight is answered then, so browsers let no other page read.

    Without keys, pages of the own machine are allowed. All headers are: clients' packages send many of their own.
    """
    if needs_key and not settings.allowed_origins:
        return None
    return CORSConfig(
        allow_origins=list(settings.allowed_origins),
        allow_origin_regex=None if needs_key else LOCAL_ORIGIN,
        expose_headers=["Retry-After", "X-Cache", "X-Ignored", "X-Request-ID", "X-Session", "X-Turn", "X-Video"],
    )


def _build_retention(settings: Settings) -> Retention:
    return Retention(
        settings.max_session_age_days * DAY_S,
        settings.max_sessions,
        settings.max_cached_answer_age_days * DAY_S,
        settings.max_cached_answers,
        settings.max_unanswered_age_days * DAY_S,
        settings.max_audit_age_days * DAY_S,
        settings.max_customer_age_days * DAY_S,
        settings.max_customer_token_s,
    )
