"""`GET /health`: that the server answers, and what it serves."""

import msgspec
from litestar import get
from litestar.datastructures import State

from server.engine import AsyncEngine


class Health(msgspec.Struct):
    status: str
    model: str
    device: str
    dtype: str
    quantization: str
    attention: str


@get("/health")
async def health(state: State) -> Health:
    model: AsyncEngine = state.model
    info = model.info
    return Health("ok", info.source, info.device, info.dtype, info.quantization, info.attention)
