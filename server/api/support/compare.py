"""`POST /compare`: a question about several pictures, which are numbered."""

from collections.abc import AsyncIterator
from typing import Annotated, Any, ClassVar

import msgspec
from litestar import Response, post
from litestar.datastructures import State
from msgspec import Meta

from model.messages import MaxSliceNums
from server.api.account import find_account
from server.api.error_response import AnyRequest
from server.api.media_types import JSON, SSE
from server.api.openapi.operation import CARD, MODEL_ERRORS, describe
from server.api.stage_options import StageOptionFields, StageOptionHeaders, read_stage_options, write_cache_header
from server.api.support.ask_chat import Answer, Piece, write_answer
from server.api.support.compare_prompt import NamedPicture, write_compare_message
from server.api.text import has_text
from server.api.transport import EventStream, read_body, run_while_connected
from server.api.turn_options import UNKNOWN_TO_QUESTIONS
from server.errors import EmptyQuestion
from server.pipeline.pipeline import Pipeline
from server.pipeline.stage import TurnContext, detect_language
from server.turn.pictures import PictureSource
from server.turn.reply import Reply
from server.turn.turn import Turn


class ComparedPicture(msgspec.Struct):
    """A picture: `image` is base64, with or without the prefix of a data URL, or a URL of an allowed host."""

    image: Annotated[str, Meta(min_length=1)]
    name: Annotated[str, Meta(max_length=100)] | None = None
    max_slice_nums: MaxSliceNums | None = None


class CompareBody(StageOptionFields, kw_only=True):
    REFUSED: ClassVar = UNKNOWN_TO_QUESTIONS
    pictures: Annotated[list[ComparedPicture], Meta(min_length=2, max_length=16)]
    question: str
    stream: bool | None = None


@post(
    "/compare",
    status_code=200,
    opt=describe(
        "Answer a question about several pictures",
        body=CompareBody,
        headers=StageOptionHeaders,
        answers={JSON: (Answer,), SSE: (Piece, Answer)},
        errors=MODEL_ERRORS,
        example={"pictures": [{"image": CARD}, {"image": CARD}], "question": "Which one is cheaper?"},
    ),
)
async def compare(request: AnyRequest, state: State) -> Response[Any]:
    body = await read_body(request, CompareBody)
    if not has_text(body.question):
        raise EmptyQuestion
    pipeline: Pipeline = state.pipeline
    pictures = [NamedPicture(PictureSource(each.image, each.max_slice_nums), each.name) for each in body.pictures]
    message = write_compare_message(pictures, body.question, detect_language(body.question))
    context = pipeline.build_context(
        Turn((message,)), find_account(request), read_stage_options(request, state.profile, fields=body)
    )
    if body.stream:
        reply = await pipeline.begin(context)
        return EventStream(request, _write_events(reply, context), reply, headers=write_cache_header(context.trace))
    (answer,), _ = await run_while_connected(request, pipeline.answer(context))
    return Response(
        write_answer(answer.text, context.trace, context.stage_options), headers=write_cache_header(context.trace)
    )


async def _write_events(reply: Reply, context: TurnContext) -> AsyncIterator[Piece | Answer]:
    """Yield the pieces, and at the end the whole answer."""
    text = ""
    async for delta in reply:
        text += delta.text
        if delta.text:
            yield Piece(delta.text)
    yield write_answer(text, context.trace, context.stage_options)
