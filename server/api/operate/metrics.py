"""`GET /metrics`: the metrics, for Prometheus."""

from typing import Any

from litestar import Request, Response, get
from litestar.datastructures import State
from prometheus_client.exposition import choose_encoder

from server.api.account import require_operator
from server.api.openapi.operation import BINARY, describe
from server.telemetry.metrics import Metrics


@get(
    "/metrics",
    opt=describe(
        "Show the metrics for Prometheus", answers={"text/plain": BINARY, "application/openmetrics-text": BINARY}
    ),
)
async def show_metrics(request: Request[Any, Any, State], state: State) -> Response[bytes]:
    """Return the metrics in Prometheus's text format, or in OpenMetrics where `Accept` prefers it. For operators."""
    require_operator(request)
    metrics: Metrics = state.metrics
    encode, content_type = choose_encoder(request.headers.get("accept", ""))
    return Response(encode(metrics.registry), headers={"Content-Type": content_type})
