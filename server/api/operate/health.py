"""`GET /health`, what is served; `/health/live`, that the process answers; `/health/ready`, that it takes work."""

import asyncio
from typing import Self

import msgspec
from litestar import Response, get
from litestar.datastructures import State

from server.api.media_types import JSON
from server.api.openapi.operation import described
from server.engine.async_engine import AsyncEngine
from server.store.errors import DatabaseError
from server.store.store import Store

DATABASE_TIMEOUT_S = 2.0


class Health(msgspec.Struct):
    status: str
    model: str
    device: str
    dtype: str
    quantization: str
    attention: str


class Liveness(msgspec.Struct):
    status: str = "ok"


class Readiness(msgspec.Struct, omit_defaults=True):
    """`reason` is why not: loading, draining, engine stopped, engine stuck, or database unreachable."""

    status: str
    reason: str | None = None

    @classmethod
    def response(cls, reason: str | None) -> Response[Self]:
        if reason is None:
            return Response(cls("ready"))
        return Response(cls("not ready", reason), status_code=503)


@get("/health", opt=described("Say what is served", answers={JSON: (Health,)}, is_open=True))
async def show_health(state: State) -> Health:
    model: AsyncEngine = state.model
    info = model.info
    return Health("ok", info.source, info.device, info.dtype, info.quantization, info.attention)


@get("/health/live", opt=described("Say that the process answers", answers={JSON: (Liveness,)}, is_open=True))
async def show_liveness() -> Liveness:
    return Liveness()


@get(
    "/health/ready",
    opt=described("Say whether it takes work", answers={JSON: (Readiness,)}, others={503: Readiness}, is_open=True),
)
async def show_readiness(state: State) -> Response[Readiness]:
    model: AsyncEngine = state.model
    return Readiness.response(model.problem or await _database_problem(state.store))


async def _database_problem(store: Store) -> str | None:
    try:
        await asyncio.wait_for(store.check(), DATABASE_TIMEOUT_S)
    except (DatabaseError, TimeoutError):
        return "database unreachable"
    return None
