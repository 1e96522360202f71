"""`create_app()` wires the routes to the model and turns every failure into its answer."""

import logging
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from litestar import Litestar, Request, Response
from litestar.datastructures import State
from litestar.exceptions import HTTPException

from model.errors import InputError
from server.api.health import health
from server.api.support import ask, chat
from server.conversations import Conversations
from server.engine import AsyncEngine
from server.errors import HTTPFailure, InternalError, ServerError, from_model
from server.language import preferred_language
from server.settings import Settings

SUPPORT_PATHS = ("/ask", "/chat")

AnyRequest = Request[Any, Any, State]

logger = logging.getLogger("server")


def create_app(settings: Settings, model: AsyncEngine) -> Litestar:
    conversations = Conversations(model, settings.max_history_bytes, settings.max_image_pixels)

    @asynccontextmanager
    async def lifespan(_: Litestar) -> AsyncIterator[None]:
        yield
        await model.close()

    return Litestar(
        route_handlers=[ask, chat, health],
        state=State({"model": model, "conversations": conversations}),
        lifespan=[lifespan],
        exception_handlers={
            ServerError: respond,
            InputError: respond_input_error,
            HTTPException: respond_http_exception,
            Exception: respond_fault,
        },
        request_max_body_size=settings.max_body_bytes,
        logging_config=None,
        openapi_config=None,
    )


def respond(request: AnyRequest, error: ServerError) -> Response[dict[str, str]]:
    default = "zh" if request.url.path in SUPPORT_PATHS else "en"
    language = preferred_language(request.headers.get("accept-language", ""), default)
    return Response({"error": error.texts[language]}, status_code=error.status)


def respond_input_error(request: AnyRequest, error: InputError) -> Response[dict[str, str]]:
    return respond(request, from_model(error))


def respond_http_exception(request: AnyRequest, error: HTTPException) -> Response[dict[str, str]]:
    if error.status_code >= 500:
        return respond_fault(request, error)
    return respond(request, HTTPFailure(error.status_code))


def respond_fault(request: AnyRequest, error: Exception) -> Response[dict[str, str]]:
    error_id = secrets.token_hex(4)
    logger.error("internal error %s on %s", error_id, request.url.path, exc_info=error)
    return respond(request, InternalError(error_id))
