"""`POST /documents/{id}/ask`: a question that is answered from one document alone."""

from collections.abc import AsyncIterator
from typing import Any, ClassVar

from litestar import Response, post
from litestar.datastructures import State
from litestar.params import FromPath

from server.api.account import find_account, find_owner
from server.api.attachments import begin_while_connected
from server.api.error_response import AnyRequest
from server.api.media_types import JSON, SSE
from server.api.openapi.operation import MODEL_ERRORS, describe
from server.api.stage_options import StageOptionFields, StageOptionHeaders, read_stage_options, write_cache_header
from server.api.support.ask_chat import Answer, Piece, ReadingProgress, write_answer, write_progress
from server.api.text import has_text
from server.api.transport import EventStream, read_body, run_while_connected
from server.api.turn_options import UNKNOWN_TO_QUESTIONS
from server.errors import EmptyQuestion
from server.library.library import Library
from server.pipeline.pipeline import Pipeline
from server.pipeline.stage import TurnContext
from server.turn.reply import Reply
from server.turn.turn import AskMode, Turn, TurnMessage


class AskDocumentBody(StageOptionFields):
    """A question to a document. `mode` is how it is answered: from what is found, from all of it, or as fits."""

    REFUSED: ClassVar = UNKNOWN_TO_QUESTIONS
    question: str | None = None
    mode: AskMode | None = None
    stream: bool | None = None


@post(
    "/documents/{document_id:str}/ask",
    status_code=200,
    opt=describe(
        "Answer a question from a document, with citations",
        body=AskDocumentBody,
        headers=StageOptionHeaders,
        answers={JSON: (Answer,), SSE: (ReadingProgress, Piece, Answer)},
        errors=(404, *MODEL_ERRORS),
        example={"question": "How long is the warranty?"},
    ),
)
async def ask_document(request: AnyRequest, state: State, document_id: FromPath[str]) -> Response[Any]:
    body = await read_body(request, AskDocumentBody)
    if not has_text(body.question):
        raise EmptyQuestion
    library: Library = state.library
    document = await library.store.get_document(find_owner(request), document_id)
    turn = Turn(
        (TurnMessage("user", (body.question,)),),
        documents=(document.id,),
        ask_mode=body.mode or "auto",
        is_bound_to_documents=True,
    )
    pipeline: Pipeline = state.pipeline
    context = pipeline.build_context(
        turn, find_account(request), read_stage_options(request, state.profile, fields=body)
    )
    if body.stream:
        reply = await begin_while_connected(request, pipeline, context)
        return EventStream(request, _write_events(reply, context), reply, headers=write_cache_header(context.trace))
    (answer,), _ = await run_while_connected(request, pipeline.answer(context))
    return Response(
        write_answer(answer.text, context.trace, context.stage_options), headers=write_cache_header(context.trace)
    )


async def _write_events(reply: Reply, context: TurnContext) -> AsyncIterator[ReadingProgress | Piece | Answer]:
    """Yield the progress and the pieces, and at the end the whole answer."""
    text = ""
    async for delta in reply:
        text += delta.text
        if delta.progress is not None:
            yield write_progress(delta.progress)
        elif delta.text:
            yield Piece(delta.text)
    yield write_answer(text, context.trace, context.stage_options)
