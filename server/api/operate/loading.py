"""The application while the model is loaded: alive, not ready, and 503 for everything else."""

from typing import Any

from litestar import Litestar, Response, get
from litestar.datastructures import State

from server.api.error_response import AnyRequest, respond
from server.api.operate.health import Readiness, show_liveness
from server.errors import StillLoading
from server.telemetry.metrics import Metrics


@get("/health/ready")
async def show_loading() -> Response[Readiness]:
    return Readiness.response("loading")


def refuse(request: AnyRequest, _: Exception) -> Response[dict[str, Any]]:
    return respond(request, StillLoading())


def create_loading_app() -> Litestar:
    """Whatever path is asked for, or method: that the application will have it is not known here."""
    return Litestar(
        route_handlers=[show_liveness, show_loading],
        state=State({"metrics": Metrics()}),
        exception_handlers={Exception: refuse},
        logging_config=None,
        openapi_config=None,
    )
