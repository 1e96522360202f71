"""The whole application with a store of its own, opened in the event loop that serves it."""

from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from litestar.types import ASGIApp, Receive, Scope, Send
from opentelemetry.trace import Tracer

from server.app import create_app
from server.engine.async_engine import AsyncEngine
from server.keys.keyring import KeyRing
from server.settings.setting import NOTHING
from server.settings.settings import Settings
from server.store.store import open_store
from server.telemetry.middleware import instrument
from server.tools.protocols import Runner
from tests.helpers.migrated import place_migrated


def stored_app(
    settings: Settings,
    engine: AsyncEngine,
    where: Path | str | None = None,
    keys: KeyRing | None = None,
    tracer: Tracer | None = None,
    runner: Runner | None = None,
) -> ASGIApp:
    """Return the application with the store of `where`, or with one of its own that is deleted with it.

    The store opens with the lifespan, so a client must run that.
    """
    served: dict[str, ASGIApp] = {}

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "lifespan":  # type: ignore[comparison-overlap]
            await served["app"](scope, receive, send)
            return
        kept: list[Any] = []

        async def send_all_but_the_last(message: Any) -> None:
            if message["type"].startswith("lifespan.shutdown"):
                kept.append(message)
            else:
                await send(message)

        with TemporaryDirectory() as folder:
            place = Path(folder) / "sessions.db" if where is None else where
            if isinstance(place, Path):
                place_migrated(place)
            async with open_store(place) as store:
                served["app"] = instrument(
                    create_app(_admit_client(settings), engine, store, keys, runner=runner), tracer
                )
                await served["app"](scope, receive, send_all_but_the_last)
        for message in kept:  # nobody waits for what comes after it
            await send(message)

    return app


def _admit_client(settings: Settings) -> Settings:
    """Let Litestar's `TestClient` in, which calls the server by a name of its own."""
    return replace(settings, allowed_hosts="testserver.local") if settings.allowed_hosts == NOTHING else settings
