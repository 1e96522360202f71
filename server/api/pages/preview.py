"""`POST /pictures/preview`: a picture as the model sees it, for pages whose browser cannot draw the file."""

from typing import Annotated

from litestar import Response, post
from litestar.datastructures import State
from msgspec import Meta

from server.api.account import find_owner
from server.api.error_response import AnyRequest
from server.api.openapi.operation import BINARY, CARD, describe
from server.api.transport import read_body, run_while_connected
from server.api.unknown_fields import Fields
from server.pipeline.pipeline import Pipeline
from server.turn.pictures import PictureSource

MEDIA_TYPE = "image/jpeg"

MAX_SIDE = 1024
"""In pixels: enough to fill a screen, and a few hundred kilobytes."""

PREVIEW_ERRORS = (413, 503)


class PreviewBody(Fields):
    """`image` is base64, with or without the prefix of a data URL, or a URL of an allowed host."""

    image: Annotated[str, Meta(min_length=1)]


@post(
    "/pictures/preview",
    status_code=200,
    opt=describe(
        "Draw a picture as the model sees it: upright, over white, in sRGB, at most 1024 pixels wide and high",
        body=PreviewBody,
        answers={MEDIA_TYPE: BINARY},
        errors=PREVIEW_ERRORS,
        example={"image": CARD},
    ),
)
async def draw_preview(request: AnyRequest, state: State) -> Response[bytes]:
    body = await read_body(request, PreviewBody)
    pipeline: Pipeline = state.pipeline
    drawing = pipeline.turns.draw_preview(PictureSource(body.image), MAX_SIDE, find_owner(request))
    return Response(await run_while_connected(request, drawing), media_type=MEDIA_TYPE)
