"""`GET /metrics`: for Prometheus."""

from typing import Any

from litestar import Request, Response, get
from litestar.datastructures import State
from prometheus_client.exposition import choose_encoder

from server.api.account import require_operator
from server.api.openapi.operation import BINARY, described
from server.telemetry.metrics import Metrics


@get(
    "/metrics",
    opt=described("Measure, for Prometheus", answers={"text/plain": BINARY, "application/openmetrics-text": BINARY}),
)
async def show_metrics(request: Request[Any, Any, State], state: State) -> Response[bytes]:
    """For operators. In the text format, or OpenMetrics' where the client prefers it."""
    require_operator(request)
    kept: Metrics = state.metrics
    encode, content_type = choose_encoder(request.headers.get("accept", ""))
    return Response(encode(kept.registry), headers={"Content-Type": content_type})
