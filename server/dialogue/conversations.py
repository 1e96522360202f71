"""Dialogues that the server remembers: each user has one, stored with its pictures as the session of that name."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from weakref import WeakValueDictionary

from model.decode import read_media_type
from server.dialogue.history import build_messages, num_turns_too_old
from server.dialogue.stored_reply import StoredReply
from server.errors import FieldRefused
from server.keys.account import Account
from server.pipeline.pipeline import Pipeline
from server.pipeline.stage import StageOptions
from server.store.errors import NameTooLong, SessionNotFound
from server.store.handle import TurnHandle
from server.store.records import Message, NewPart, StoredPicture, StoredTurn
from server.store.store import Store
from server.turn.turn import PictureSource, Turn, TurnMessage

NO_STAGE_OPTIONS = StageOptions()
NUM_TRIES = 3
"""How often a turn is begun again when its session is deleted at that very moment."""


@dataclass(frozen=True)
class Question:
    """What a user asks. The pictures are file bytes as they were sent: decoded they would be ten times larger."""

    text: str
    pictures: tuple[bytes, ...] = ()

    @property
    def message(self) -> TurnMessage:
        """The question as a message, the pictures before the text."""
        return TurnMessage("user", (*map(PictureSource, self.pictures), self.text))


class Conversations:
    """Answers the turns of remembered dialogues. Each user's turns are answered in the order in which they came."""

    def __init__(self, pipeline: Pipeline, store: Store) -> None:
        self._pipeline = pipeline
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
        self._turns.engine.check_room()
        self._turns.check(Turn((question.message,)))
        if stage_options.profile is not None:
            self._pipeline.get_profile(stage_options.profile)
        arrival = self._arrivals.setdefault((account.owner, user_id), asyncio.Lock())
        async with arrival:
            # decoded before anything is stored, and not again
            (message,) = await self._turns.decode([question.message])
            turn = await self._enter(account.owner, user_id, await asyncio.to_thread(_to_stored_message, question))
        try:
            return await self._begin(account, turn, message, stage_options)
        except BaseException as error:
            await asyncio.wait([turn.leave(error)])  # a client that looks after its refusal must find nothing
            raise

    async def _enter(self, owner: str, user_id: str, message: Message[NewPart]) -> TurnHandle:
        """Store the question as the session's next turn, when the one before it has ended."""
        try:
            for _ in range(NUM_TRIES):
                with suppress(SessionNotFound):
                    session = await self._store.get_or_create_session(owner, user_id)
                    turn = self._store.open_turn(owner, session.id, message, is_first=session.num_turns == 0)
                    return await turn.enter()
        except NameTooLong as error:
            raise FieldRefused("user_id", str(error), f"共 {error.length} 个字符，上限 {error.limit}") from error
        raise SessionNotFound(user_id)

    async def _begin(
        self, account: Account, turn: TurnHandle, question: TurnMessage, stage_options: StageOptions
    ) -> StoredReply:
        """Admit the question with the latest turns before it; the oldest leave whole where they do not fit."""
        history = [earlier for earlier in turn.history if earlier.finish_reason != "content_filter"]
        num_too_old = num_turns_too_old(history, len(question.parts) - 1, self._turns.limits)
        messages = await self._read_messages(account.owner, turn.session_id, history[num_too_old:])
        stage_options = await self._apply_session_profile(account.owner, turn, stage_options)
        context = self._pipeline.build_context(Turn((*messages, question)), account, stage_options)
        reply = await self._pipeline.begin_truncated(context)
        return StoredReply(turn, reply, num_too_old + reply.num_dropped, context.trace)

    async def _apply_session_profile(self, owner: str, turn: TurnHandle, stage_options: StageOptions) -> StageOptions:
        """Put the session's profile before those of the key and the server; a profile that is named replaces it."""
        stored = turn.options.get("profile")
        if stage_options.profile is not None and stage_options.profile != stored:
            await self._store.change_options(owner, turn.session_id, {"profile": stage_options.profile})
        if stored is None or not self._pipeline.has_profile(stored):  # its file may be gone by now
            return stage_options
        return replace(stage_options, fallbacks=(stored, *stage_options.fallbacks))

    async def _read_messages(self, owner: str, session_id: str, history: Sequence[StoredTurn]) -> list[TurnMessage]:
        hashes = {picture.sha256 for turn in history for picture in turn.pictures}
        pictures = await self._store.load_pictures(owner, session_id, hashes) if hashes else {}
        return [message for turn in history for message in build_messages(turn, pictures)]


def _to_stored_message(question: Question) -> Message[NewPart]:
    """Return the question as the store takes it. Runs in a thread, because it reads and hashes the pictures."""
    pictures = (StoredPicture.from_bytes(data, read_media_type(data)) for data in question.pictures)
    return Message("user", (*pictures, question.text))
