"""`GET /health` shows the model that is served, and `GET /health/ready` whether the server takes work."""

import asyncio

import msgspec
from litestar import Response, get
from litestar.datastructures import State

from server.api.media_types import JSON
from server.api.openapi.operation import describe
from server.api.operate.liveness import Readiness
from server.engine.async_engine import AsyncEngine
from server.store.errors import DatabaseUnreachable
from server.store.store import Store

DATABASE_TIMEOUT_S = 2.0


class Health(msgspec.Struct):
    status: str
    model: str
    device: str
    dtype: str
    quantization: str
    attention: str


@get("/health", opt=describe("Show the model that is served", answers={JSON: (Health,)}, is_open=True))
async def show_health(state: State) -> Health:
    engine: AsyncEngine = state.engine
    info = engine.info
    return Health("ok", info.source, info.device, info.dtype, info.quantization, info.attention)


@get(
    "/health/ready",
    opt=describe("Check whether it takes work", answers={JSON: (Readiness,)}, others={503: Readiness}, is_open=True),
)
async def show_readiness(state: State) -> Response[Readiness]:
    engine: AsyncEngine = state.engine
    return Readiness.respond(engine.unready_reason or await _check_database(state.store))


async def _check_database(store: Store) -> str | None:
    """Return why the database cannot be used, None where it answers in time and takes what is to be stored."""
    try:
        await asyncio.wait_for(store.check(), DATABASE_TIMEOUT_S)
    except DatabaseUnreachable as error:
        return error.reason
    except TimeoutError:
        return DatabaseUnreachable.reason
    return None
