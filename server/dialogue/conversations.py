"""Dialogues that the server remembers: each user has one, stored with its pictures as the session of that name."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Protocol
from weakref import WeakValueDictionary

from server.dialogue.gate import Gate
from server.dialogue.history import StoredPictureFile, build_messages, join_same_roles, num_turns_too_old
from server.dialogue.stored_reply import StoredReply
from server.errors import FieldRefused
from server.handover.handovers import Handovers
from server.keys.account import Account
from server.library.video.clip import Clip
from server.pipeline.pipeline import Pipeline
from server.pipeline.stage import StageOptions, Trace, detect_language, join_text
from server.store.errors import NameTaken, NameTooLong, SessionNotFound
from server.store.handle import TurnHandle
from server.store.library_records import LibraryDocument
from server.store.records import Message, NewPart, StoredPicture, StoredTurn
from server.store.service_records import SessionRef
from server.store.store import Store
from server.turn.pictures import PictureSource, PlannedPicture
from server.turn.turn import AskMode, Turn, TurnMessage

NO_STAGE_OPTIONS = StageOptions()
NUM_TRIES = 3
"""How often a turn is begun again when its session is deleted, or created, at that very moment."""


class SessionDocuments(Protocol):
    """What is asked of the library."""

    async def list_session(self, owner: str, session_id: str) -> tuple[LibraryDocument, ...]: ...


class ClipDecoder(Protocol):
    """What makes frames of clips."""

    async def prepare(self, sources: Sequence[str], turn: Turn) -> list[Clip]: ...


@dataclass(frozen=True)
class Question:
    """What a user asks, and how it is answered from documents. The pictures are file bytes as they were sent.

    `videos` are clips as `Clips.prepare()` takes them; they are large, and taken out of it when their turn comes.
    """

    text: str
    pictures: tuple[bytes, ...] = ()
    videos: list[str] = field(default_factory=list)
    ask_mode: AskMode = "auto"

    def write_message(self, clips: Sequence[Clip] = ()) -> TurnMessage:
        """Return the question as a message: pictures, frames of clips, and the text."""
        frames = [picture for clip in clips for picture in clip.pictures]
        return TurnMessage("user", (*map(PictureSource, self.pictures), *frames, self.text))


class Conversations:
    """Answers the turns of remembered dialogues. Each user's turns are answered in the order in which they came.

    With a `library`, a session's documents are what its questions are answered from. Questions with clips need `clips`.
    With `handovers`, the model is silent in sessions that a person has or is asked for.
    """

    def __init__(
        self,
        pipeline: Pipeline,
        store: Store,
        library: SessionDocuments | None = None,
        clips: ClipDecoder | None = None,
        handovers: Handovers | None = None,
    ) -> None:
        self._pipeline = pipeline
        self._library = library
        self._clips = clips
        self._handovers = handovers
        self._turns = pipeline.turns
        self._store = store
        self._arrivals: WeakValueDictionary[tuple[str, str], asyncio.Lock] = WeakValueDictionary()

    async def ask(
        self, account: Account, user_id: str, question: Question, stage_options: StageOptions = NO_STAGE_OPTIONS
    ) -> StoredReply:
        """Answer a turn, store it, and return its reply, read to the end. Raises as `begin()` does."""
        stored_reply = await self.begin(account, user_id, question, stage_options)
        async for _ in stored_reply:
            pass
        return stored_reply

    async def begin(
        self, account: Account, user_id: str, question: Question, stage_options: StageOptions = NO_STAGE_OPTIONS
    ) -> StoredReply:
        """Admit a turn once the earlier turns of this user have ended. The reply must be closed, read or not.

        A turn that is refused leaves nothing in the session. A profile named in `stage_options` stays the session's.
        Raises `ServerError`, `InputError` and `StoreError`.
        """
        self._turns.engine.check_room(account.owner)
        self._turns.check(Turn((question.write_message(),)))
        account.check_rate()
        if stage_options.profile is not None:
            self._pipeline.choose_profile(account, stage_options)
        arrival = self._arrivals.setdefault((account.owner, user_id), asyncio.Lock())
        async with arrival:
            clips = await self._decode_clips(account, question)
            # before anything is stored, what is no picture is refused by its header
            planned = await self._turns.plan(Turn((question.write_message(clips),), owner=account.owner))
            message = await asyncio.to_thread(_to_stored_message, question.text, planned.planned_pictures)
            turn = await self._enter(account.owner, user_id, message)
        try:
            asked = Turn(planned.messages, ask_mode=question.ask_mode)
            return await self._begin(account, turn, asked, stage_options, clips)
        except BaseException as error:
            await asyncio.wait([turn.leave(error)])  # a client that looks after its refusal must find nothing
            raise

    async def _decode_clips(self, account: Account, question: Question) -> list[Clip]:
        """Return the frames of the clips of a question, which come after its pictures."""
        if not question.videos:
            return []
        assert self._clips is not None, "a question with a clip"
        await account.check_quota()
        videos = [question.videos.pop(0) for _ in range(len(question.videos))]
        return await self._clips.prepare(videos, Turn((question.write_message(),), owner=account.owner))

    async def _enter(self, owner: str, user_id: str, message: Message[NewPart]) -> TurnHandle:
        """Store the question as the session's next turn, when the one before it has ended."""
        try:
            for _ in range(NUM_TRIES):
                with suppress(SessionNotFound, NameTaken):
                    turn = await self._store.open_named_turn(owner, user_id, message)
                    return await turn.enter()
        except NameTooLong as error:
            raise FieldRefused("user_id", str(error), f"共 {error.length} 个字符，上限 {error.limit}") from error
        raise SessionNotFound(user_id)

    async def _begin(
        self, account: Account, turn: TurnHandle, asked: Turn, stage_options: StageOptions, clips: Sequence[Clip]
    ) -> StoredReply:
        """Admit the question, unless it is for a person; see `_ask_model`."""
        stage_options = self._apply_session_profile(turn, stage_options)
        profile, _ = self._pipeline.choose_profile(account, stage_options)  # one that is refused is not kept
        await self._keep_profile(account.owner, turn, stage_options)
        gate = self._open_gate(account, turn, asked, profile)
        try:
            trace = Trace()
            decided = None if gate is None else await gate.decide(turn, _find_text(asked), trace)
            if decided is not None:
                return StoredReply(turn, decided, 0, trace, gate)
            return await self._ask_model(account, turn, asked, stage_options, clips, gate)
        except BaseException:
            if gate is not None:
                gate.close()
            raise

    def _open_gate(self, account: Account, turn: TurnHandle, asked: Turn, profile: str) -> Gate | None:
        if self._handovers is None:
            return None
        language = detect_language(_find_text(asked))
        return Gate(self._handovers, SessionRef(turn.session_id, account.owner, account.shop, profile, language))

    async def _ask_model(
        self,
        account: Account,
        turn: TurnHandle,
        asked: Turn,
        stage_options: StageOptions,
        clips: Sequence[Clip],
        gate: Gate | None,
    ) -> StoredReply:
        """Ask the model with the latest turns before the question; the oldest leave whole where they do not fit."""
        history = [earlier for earlier in turn.history if earlier.finish_reason != "content_filter"]
        num_too_old = num_turns_too_old(history, asked.num_images, self._turns.limits)
        messages = self._build_messages(account.owner, turn.session_id, history[num_too_old:])
        documents = await self._list_documents(account.owner, turn.session_id)
        full = replace(asked, messages=(*messages, *asked.messages), documents=documents)
        context = replace(self._pipeline.build_context(full, account, stage_options), session_id=turn.session_id)
        context.trace.note_clips(clips)
        reply = await self._pipeline.begin_truncated(context)
        if gate is not None:
            reply = await gate.let_through(reply, context, history)
        return StoredReply(turn, reply, num_too_old, context.trace, gate)

    async def _list_documents(self, owner: str, session_id: str) -> tuple[str, ...]:
        """Return the ids of the session's documents, but for those that could not be read."""
        if self._library is None:
            return ()
        documents = await self._library.list_session(owner, session_id)
        return tuple(document.id for document in documents if document.state != "failed")

    async def _keep_profile(self, owner: str, turn: TurnHandle, stage_options: StageOptions) -> None:
        """Store a profile that is named in place of the session's."""
        if stage_options.profile is not None and stage_options.profile != turn.options.get("profile"):
            await self._store.change_options(owner, turn.session_id, {"profile": stage_options.profile})

    def _apply_session_profile(self, turn: TurnHandle, stage_options: StageOptions) -> StageOptions:
        """Put the session's profile before those of the key and the server."""
        stored = turn.options.get("profile")
        if stored is None or not self._pipeline.has_profile(stored):  # its file may be gone by now
            return stage_options
        return replace(stage_options, fallbacks=(stored, *stage_options.fallbacks))

    def _build_messages(self, owner: str, session_id: str, history: Sequence[StoredTurn]) -> list[TurnMessage]:
        refs = [picture for turn in history for picture in turn.pictures]
        files = {ref.sha256: StoredPictureFile(self._store, owner, session_id, ref) for ref in refs}
        return join_same_roles([message for turn in history for message in build_messages(turn, files)])


def _find_text(asked: Turn) -> str:
    """Return the text of a question."""
    return join_text(asked.messages[-1])


def _to_stored_message(text: str, planned: Sequence[PlannedPicture]) -> Message[NewPart]:
    """Return the question as the store takes it. Runs in a thread, because it hashes the pictures."""
    return Message("user", (*map(to_stored_picture, planned), text))


def to_stored_picture(planned: PlannedPicture) -> StoredPicture:
    """Return a picture as the store takes it. Hashing takes some milliseconds: do it in a thread."""
    given = planned.source
    assert isinstance(given.source, bytes), "the pictures of a question are its files"
    stored = StoredPicture.from_bytes(given.source, planned.header.media_type)
    return replace(stored, time_s=given.time_s, max_slice_nums=given.max_slice_nums)
