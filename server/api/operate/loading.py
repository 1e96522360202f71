"""The application that answers while the model is loaded: alive, not ready, and 503 for everything else.

It must not import the engine or torch, which take seconds: the server answers from the start on.
"""

from typing import Any

from litestar import Litestar, Response, get
from litestar.datastructures import State

from server.api.error_response import AnyRequest, respond_with_error
from server.api.operate.liveness import Readiness, show_liveness
from server.api.security_headers import add_security_headers
from server.errors import StillLoading
from server.telemetry.metrics import Metrics


@get("/health/ready")
async def show_loading() -> Response[Readiness]:
    return Readiness.respond("loading")


def refuse_request(request: AnyRequest, _: Exception) -> Response[dict[str, Any]]:
    """Return 503 for every request: the paths and methods of the server are not known yet."""
    return respond_with_error(request, StillLoading())


def create_loading_app() -> Litestar:
    return Litestar(
        route_handlers=[show_liveness, show_loading],
        state=State({"metrics": Metrics()}),
        exception_handlers={Exception: refuse_request},
        before_send=[add_security_headers],
        logging_config=None,
        openapi_config=None,
    )
