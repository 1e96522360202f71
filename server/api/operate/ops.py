"""`GET /ops/state` and `GET /ops/history`: what the operations page shows to operators."""

from litestar import get
from litestar.datastructures import State

from server.api.accept_language import choose_language
from server.api.account import require_operator
from server.api.error_response import AnyRequest
from server.api.media_types import JSON
from server.api.openapi.operation import describe
from server.ops.overview import OpsHistory, OpsState, Overview


@get("/ops/state", opt=describe("Show the current state of the server", answers={JSON: (OpsState,)}))
async def show_state(request: AnyRequest, state: State) -> OpsState:
    require_operator(request)
    overview: Overview = state.overview
    return await overview.read_state(choose_language(request.headers.get("accept-language", ""), "en"))


@get("/ops/history", opt=describe("Show the measurements of the last half hour", answers={JSON: (OpsHistory,)}))
async def show_history(request: AnyRequest, state: State) -> OpsHistory:
    require_operator(request)
    overview: Overview = state.overview
    return await overview.read_history()
