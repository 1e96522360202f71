"""`POST /compare`: a question about several pictures, which are called by number."""

from collections.abc import AsyncIterator
from typing import Annotated, Any

import msgspec
from litestar import Request, Response, post
from litestar.datastructures import State
from msgspec import Meta

from server.api.account import account_of
from server.api.media_types import JSON, SSE
from server.api.openapi.operation import ASKING, CARD, described
from server.api.stage_options import StageOptionFields, StageOptionHeaders, headers_of, read_stage_options
from server.api.support.ask_chat import Answer, Piece, answer_of
from server.api.support.compare_prompt import Compared, comparing
from server.api.transport import EventStream, read_body, unless_gone
from server.errors import EmptyQuestion
from server.pipeline.pipeline import Pipeline
from server.pipeline.stage import TurnContext, language_of
from server.turn.reply import Reply
from server.turn.turn import PictureSource, Turn

NumSlices = Annotated[int, Meta(ge=1, le=64)]


class ComparedPicture(msgspec.Struct, forbid_unknown_fields=True):
    """`image` is base64, with or without a data URL's prefix, or a URL of an allowed host."""

    image: Annotated[str, Meta(min_length=1)]
    name: Annotated[str, Meta(max_length=100)] | None = None
    max_slice_nums: NumSlices | None = None


class CompareBody(StageOptionFields, forbid_unknown_fields=True, kw_only=True):
    pictures: Annotated[list[ComparedPicture], Meta(min_length=2, max_length=16)]
    question: str
    stream: bool = False


@post(
    "/compare",
    status_code=200,
    opt=described(
        "Answer a question about several pictures",
        body=CompareBody,
        headers=StageOptionHeaders,
        answers={JSON: (Answer,), SSE: (Piece, Answer)},
        refuses=ASKING,
        example={"pictures": [{"image": CARD}, {"image": CARD}], "question": "Which one is cheaper?"},
    ),
)
async def compare(request: Request[Any, Any, State], state: State) -> Response[Any]:
    body = await read_body(request, CompareBody)
    if not body.question.strip():
        raise EmptyQuestion
    pipeline: Pipeline = state.pipeline
    pictures = [Compared(PictureSource(each.image, each.max_slice_nums), each.name) for each in body.pictures]
    message = comparing(pictures, body.question, language_of(body.question))
    context = pipeline.context(
        Turn((message,)), account_of(request), read_stage_options(request, state.profile, fields=body)
    )
    if body.stream:
        reply = await pipeline.begin(context)
        return EventStream(request, _events(reply, context), reply, headers=headers_of(context.trace))
    (answer,), _ = await unless_gone(request, pipeline.answer(context))
    return Response(answer_of(answer.text, context.trace, context.stage_options), headers=headers_of(context.trace))


async def _events(reply: Reply, context: TurnContext) -> AsyncIterator[Piece | Answer]:
    """Pieces, and at the end the whole."""
    text = ""
    async for part in reply:
        text += part.text
        if part.text:
            yield Piece(part.text)
    yield answer_of(text, context.trace, context.stage_options)
