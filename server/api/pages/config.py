"""`GET /pages/config`: what a page needs before its first request. It needs no key, so it must hold no secret."""

import time
from importlib.metadata import version

import msgspec
from litestar import get
from litestar.datastructures import State

from model.chat import ModelInfo
from server.api.media_types import JSON
from server.api.openapi.operation import describe
from server.customers.customers import Customers
from server.pipeline.pipeline import Pipeline
from server.pipeline.profiles import Title
from server.settings.settings import Settings


class PageLimits(msgspec.Struct, frozen=True):
    """The limits of a request: pictures, pixels of each, bytes of the body; and the bytes of a document and a clip."""

    max_images: int
    max_image_pixels: int
    max_body_bytes: int
    max_document_bytes: int
    max_video_bytes: int


class ShownProfile(msgspec.Struct, frozen=True):
    name: str
    title: Title


class PagesConfig(msgspec.Struct, frozen=True):
    """The configuration of the pages. `profile` is the one of dialogues that name none.

    `anonymous_customers` is whether a visitor without a token gets one of their own, and `widget_origins` are those
    whose pages may show the chat window.
    """

    version: str
    model: str
    is_demo: bool
    needs_key: bool
    limits: PageLimits
    profile: str
    profiles: tuple[ShownProfile, ...] = ()
    anonymous_customers: bool = False
    widget_origins: tuple[str, ...] = ()


def build_pages_config(settings: Settings, info: ModelInfo, needs_key: bool) -> PagesConfig:
    """Return the configuration without profiles. A model in a folder is shown by the folder's name, not by its path."""
    limits = {field: getattr(settings, field) for field in PageLimits.__struct_fields__}
    return PagesConfig(
        version("minicpm-v-server"),
        info.source.rstrip("/").rsplit("/", 1)[-1],
        info.is_demo,
        needs_key,
        PageLimits(**limits),
        settings.profile,
        widget_origins=settings.allowed_widget_origins,
    )


@get("/pages/config", opt=describe("Show the configuration of the pages", answers={JSON: (PagesConfig,)}, is_open=True))
async def show_config(state: State) -> PagesConfig:
    """Return the configuration with the profiles that are in force now."""
    config: PagesConfig = state.pages_config
    pipeline: Pipeline = state.pipeline
    current = pipeline.profiles.current(time.monotonic())
    shown = tuple(ShownProfile(name, profile.title) for name, profile in current.items())
    customers: Customers = state.customers
    return msgspec.structs.replace(config, profiles=shown, anonymous_customers=customers.lets_anonymous_in)
