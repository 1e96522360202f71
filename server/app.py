"""`create_app()` wires the routes to the model and turns every failure into its answer."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from litestar import Litestar
from litestar.datastructures import State
from litestar.exceptions import HTTPException

from model.errors import InputError
from server.api import compare, export, ollama, ollama_models, openai, sessions
from server.api.failures import respond
from server.api.health import health
from server.api.support import ask, chat
from server.conversations import Conversations
from server.engine import AsyncEngine
from server.errors import ServerError
from server.expiry import expiring
from server.fetch import PictureFetcher
from server.names import ModelNames
from server.settings import Settings
from server.store.errors import StoreError
from server.store.store import Store
from server.support.open import open_desk
from server.turn import TurnLimits, Turns

DAY_S = 86400

SESSIONS = (
    sessions.listed,
    sessions.shown,
    sessions.exported,
    sessions.picture,
    sessions.feedback,
    sessions.deleted,
    sessions.all_deleted,
)
OPENAI = (openai.chat_completions, openai.models, openai.model)
OLLAMA = (
    ollama.generate,
    ollama.chat,
    ollama_models.tags,
    ollama_models.show,
    ollama_models.ps,
    ollama_models.version,
)


def create_app(settings: Settings, model: AsyncEngine, store: Store) -> Litestar:
    """`store` is open, and stays so: whoever opened it closes it, after the application has ended."""
    desk = open_desk(settings, Turns(model, _limits(settings), _fetcher(settings)), store)

    @asynccontextmanager
    async def lifespan(_: Litestar) -> AsyncIterator[None]:
        async with expiring(store, settings.max_session_age_days * DAY_S, settings.max_sessions):
            yield
        await model.close()

    return Litestar(
        route_handlers=[ask, chat, compare.compare, export.export, health, *SESSIONS, *OPENAI, *OLLAMA],
        state=State(
            {
                "model": model,
                "desk": desk,
                "profile": settings.profile,
                "conversations": Conversations(desk, store),
                "store": store,
                "names": ModelNames.of(model.info.source, settings.aliases),
            }
        ),
        lifespan=[lifespan],
        exception_handlers={
            ServerError: respond,
            StoreError: respond,
            InputError: respond,
            HTTPException: respond,
            Exception: respond,
        },
        request_max_body_size=settings.max_body_bytes,
        logging_config=None,
        openapi_config=None,
    )


def _limits(settings: Settings) -> TurnLimits:
    return TurnLimits(
        max_images=settings.max_images,
        max_image_pixels=settings.max_image_pixels,
        max_inp_length=settings.max_inp_length,
        max_new_tokens=settings.max_new_tokens,
    )


def _fetcher(settings: Settings) -> PictureFetcher:
    return PictureFetcher(settings.allowed_image_hosts, settings.max_image_bytes, settings.max_image_fetch_s)
