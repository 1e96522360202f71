"""`POST /ask` for one question, and `POST /chat` for a turn of a stored session."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from typing import Any, ClassVar, Literal

import msgspec
from litestar import Response, post
from litestar.datastructures import State

from model.pictures.base64_text import decode_base64
from server.api.account import find_account
from server.api.actions.response import ShownAction
from server.api.clips import prepare_clips, write_video_header
from server.api.error_response import AnyRequest
from server.api.media_types import JSON, SSE
from server.api.openapi.operation import CARD, MODEL_ERRORS, describe
from server.api.stage_options import StageOptionFields, StageOptionHeaders, read_stage_options, write_cache_header
from server.api.text import has_text
from server.api.transport import EventStream, read_body, run_while_connected
from server.api.turn_options import UNKNOWN_TO_QUESTIONS
from server.dialogue.conversations import Conversations, Question
from server.dialogue.stored_reply import StoredReply
from server.errors import EmptyQuestion, MissingFields
from server.library.readers.video.records import Reason
from server.pipeline.pipeline import Pipeline
from server.pipeline.stage import StageOptions, Trace
from server.turn.pictures import PictureSource
from server.turn.reply import Progress
from server.turn.turn import AskMode, Turn, TurnMessage


class AskBody(StageOptionFields):
    """A question. Pictures are base64, with or without the prefix of a data URL; `image` comes before `images`.

    So is `video`, a clip, or the URL of one. The model is shown frames of it, about one a second.
    """

    REFUSED: ClassVar = UNKNOWN_TO_QUESTIONS
    question: str | None = None
    image: str | None = None
    images: list[str] | None = None
    video: str | None = None


class ChatBody(AskBody):
    """A question of a session. `mode` is how it is answered from the session's documents."""

    user_id: str | None = None
    stream: bool | None = None
    mode: AskMode | None = None


class Piece(msgspec.Struct):
    """The next piece of an answer that is streamed."""

    piece: str


class ReadPages(msgspec.Struct):
    """How many pages of the documents are read for the answer, of how many."""

    page: int
    pages: int


class ReadingProgress(msgspec.Struct):
    """How far an answer is before its first piece, where all of long documents is read for it."""

    progress: ReadPages


class ShownFrames(msgspec.Struct):
    """The frames that the model was shown of a clip of `duration` seconds, and when each is shown.

    `reason` says why there is not one a second: `limit`, there may not be more; `budget`, the prompt has no room for
    more; `damaged`, the file cannot be read any further; `time`, decoding took too long.
    """

    frames: int
    times: list[float]
    duration: float
    reason: Reason | None


class AnswerHandover(msgspec.Struct):
    """Who answers the session now: nobody while it is `waiting` for a person, or a `person`.

    `position` is how many have waited longer, null unless it waits.
    """

    state: Literal["waiting", "person", "closed"]
    agent_name: str | None
    position: int | None


class Answer(msgspec.Struct, omit_defaults=True):
    """A whole answer, also the last event of a stream.

    The oldest `dropped_turns` of the session did not fit the prompt; they stay stored. `corrections` are the typing
    mistakes that were corrected in the question, `moderation` the hits of word lists, `citations` what of documents
    the marks in the answer point to, if there are any documents. `action` is the call that changes data which the
    answer asks a yes for, or says the end of. With `handover` a person is asked for or has the session: the model is
    silent, and the answer is empty, or what of it was sent before. `author` is `service` where the server wrote the
    answer by a rule.
    """

    answer: str
    dropped_turns: int = 0
    corrections: list[Mapping[str, Any]] = []
    moderation: list[Mapping[str, Any]] = []
    citations: list[Mapping[str, Any]] | None = None
    video: ShownFrames | None = None
    action: ShownAction | None = None
    trace: list[dict[str, Any]] | None = None
    handover: AnswerHandover | None = None
    author: Literal["service"] | None = None


@post(
    "/ask",
    status_code=200,
    opt=describe(
        "Answer one question and store nothing",
        body=AskBody,
        headers=StageOptionHeaders,
        answers={JSON: (Answer,)},
        errors=MODEL_ERRORS,
        example={"question": "What is this?", "image": CARD},
    ),
)
async def ask(request: AnyRequest, state: State) -> Response[Answer]:
    body = await read_body(request, AskBody)
    if not has_text(body.question):
        raise EmptyQuestion
    pipeline: Pipeline = state.pipeline
    pictures = tuple(map(PictureSource, _list_images(body)))
    sources, body.video = [body.video] if body.video else [], None
    clips = await prepare_clips(request, state, sources, Turn((TurnMessage("user", (*pictures, body.question)),)))
    frames = [frame for clip in clips for frame in clip.pictures]
    turn = Turn((TurnMessage("user", (*pictures, *frames, body.question)),))
    context = pipeline.build_context(
        turn, find_account(request), read_stage_options(request, state.profile, fields=body)
    )
    context.trace.note_clips(clips)
    (answer,), _ = await run_while_connected(request, pipeline.answer(context))
    return Response(
        write_answer(answer.text, context.trace, context.stage_options),
        headers={**write_cache_header(context.trace), **write_video_header(context.trace)},
    )


@post(
    "/chat",
    status_code=200,
    opt=describe(
        "Answer the next turn of the session of `user_id`, and store it",
        body=ChatBody,
        headers=StageOptionHeaders,
        answers={JSON: (Answer,), SSE: (ReadingProgress, Piece, Answer)},
        errors=MODEL_ERRORS,
        example={"user_id": "ann", "question": "What is this?", "image": CARD},
    ),
)
async def chat(request: AnyRequest, state: State) -> Response[Any]:
    body = await read_body(request, ChatBody)
    if not has_text(body.user_id) or not has_text(body.question):
        raise MissingFields(*(name for name in ("user_id", "question") if not has_text(getattr(body, name))))
    conversations: Conversations = state.conversations
    stage_options = read_stage_options(request, state.profile, fields=body)
    question = await _read_question(body.question, body)
    turn = find_account(request), body.user_id, question, stage_options
    if body.stream:
        stored_reply = await run_while_connected(request, conversations.begin(*turn))
        events = _write_events(stored_reply, stage_options)
        return EventStream(request, events, stored_reply, headers=_write_headers(stored_reply))
    stored_reply = await run_while_connected(request, conversations.ask(*turn))
    return Response(_write_stored_answer(stored_reply, stage_options), headers=_write_headers(stored_reply))


async def _write_events(stored_reply: StoredReply, stage_options: StageOptions) -> AsyncIterator[Any]:
    """Yield the progress and the pieces, and at the end the whole answer as it is stored."""
    async for found in stored_reply:
        if isinstance(found, Progress):
            yield write_progress(found)
        elif found:
            yield Piece(found)
    yield _write_stored_answer(stored_reply, stage_options)


def write_progress(progress: Progress) -> ReadingProgress:
    return ReadingProgress(ReadPages(progress.num_done, progress.num_pages))


def _write_headers(stored_reply: StoredReply) -> dict[str, str]:
    trace = stored_reply.trace
    return {**write_cache_header(trace), **write_video_header(trace), **stored_reply.headers}


def _write_stored_answer(stored_reply: StoredReply, stage_options: StageOptions) -> Answer:
    answer = write_answer(stored_reply.text, stored_reply.trace, stage_options, stored_reply.num_dropped)
    if (shown := stored_reply.handover) is not None:
        answer.handover = msgspec.convert(shown, AnswerHandover, from_attributes=True)
    return answer


def write_answer(text: str, trace: Trace, stage_options: StageOptions, num_dropped: int = 0) -> Answer:
    return Answer(
        text.strip(),
        num_dropped,
        list(trace.findings.corrections),
        list(trace.findings.moderation),
        list(trace.findings.citations) if trace.has_sources else None,
        None if trace.video is None else msgspec.convert({"reason": None, **trace.video}, ShownFrames),
        None if trace.action is None else ShownAction.of(trace.action),
        trace.notes if stage_options.is_traced else None,
        author="service" if trace.author == "service" else None,
    )


async def _read_question(text: str, body: ChatBody) -> Question:
    """Return the question with the files of its pictures; the body keeps no text of them, nor of the clip, any more."""
    images, videos = _list_images(body), [body.video] if body.video else []
    body.image = body.images = body.video = None
    # in a thread: a large picture takes tens of milliseconds, which would hold up the event loop
    files = await asyncio.to_thread(_decode_images, images)
    return Question(text, files, videos, body.mode or "auto")


def _list_images(body: AskBody) -> list[str]:
    return [image for image in (body.image, *(body.images or [])) if image]


def _decode_images(images: list[str]) -> tuple[bytes, ...]:
    """Decode the pictures, and drop each one's text."""
    images.reverse()
    return tuple(decode_base64(images.pop()) for _ in range(len(images)))
