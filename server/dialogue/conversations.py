"""The dialogues of users, kept in the store: every user's is the session of that name, pictures included."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from weakref import WeakValueDictionary

from model.decode import picture_mime
from server.dialogue.history import messages_of, num_turns_too_old
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
"""To begin a turn in a session that is deleted at that very moment."""


@dataclass(frozen=True)
class Question:
    """What a user sent. The pictures are kept as they came: unpacked they would be ten times larger."""

    text: str
    pictures: tuple[bytes, ...] = ()

    @property
    def message(self) -> TurnMessage:
        """The pictures before the text."""
        return TurnMessage("user", (*map(PictureSource, self.pictures), self.text))


class Conversations:
    """Turns of dialogues, each after those before it of its user, in the order in which they came."""

    def __init__(self, pipeline: Pipeline, store: Store) -> None:
        self._pipeline = pipeline
        self._turns = pipeline.turns
        self._store = store
        self._arrivals: WeakValueDictionary[tuple[str, str], asyncio.Lock] = WeakValueDictionary()

    async def ask(
        self, account: Account, user_id: str, question: Question, stage_options: StageOptions = NO_STAGE_OPTIONS
    ) -> StoredReply:
        """Answer a turn and remember it; given is its telling, read to the end."""
        stored_reply = await self.begin(account, user_id, question, stage_options)
        async for _ in stored_reply:
            pass
        return stored_reply

    async def begin(
        self, account: Account, user_id: str, question: Question, stage_options: StageOptions = NO_STAGE_OPTIONS
    ) -> StoredReply:
        """Admit a turn, when those before it of this user have ended. Close what it gives, read or not.

        One that is refused leaves nothing in the session. A profile that is named is the session's from then on.
        Raises `ServerError`, `InputError` and `StoreError`.
        """
        self._turns.engine.check_room()
        self._turns.check(Turn((question.message,)))
        if stage_options.profile is not None:
            self._pipeline.profile(stage_options.profile)
        arrival = self._arrivals.setdefault((account.owner, user_id), asyncio.Lock())
        async with arrival:
            # decoded before anything is stored, and not again
            (message,) = await self._turns.decode([question.message])
            turn = await self._enter(account.owner, user_id, await asyncio.to_thread(_to_store, question))
        try:
            return await self._tell(account, turn, message, stage_options)
        except BaseException as error:
            await asyncio.wait([turn.leave(error)])  # whoever looks when they are refused finds nothing
            raise

    async def _enter(self, owner: str, user_id: str, asked: Message[NewPart]) -> TurnHandle:
        try:
            for _ in range(NUM_TRIES):
                with suppress(SessionNotFound):
                    session = await self._store.get_or_create(owner, user_id)
                    turn = self._store.turn(owner, session.id, asked, is_first=session.num_turns == 0)
                    return await turn.enter()
        except NameTooLong as error:
            raise FieldRefused("user_id", str(error)) from error
        raise SessionNotFound(user_id)

    async def _tell(
        self, account: Account, turn: TurnHandle, question: TurnMessage, stage_options: StageOptions
    ) -> StoredReply:
        """With the turns that still fit: the oldest leave whole, with their pictures."""
        history = [told for told in turn.history if told.finish_reason != "content_filter"]
        num_too_old = num_turns_too_old(history, len(question.parts) - 1, self._turns.limits)
        past = await self._past(account.owner, turn.session_id, history[num_too_old:])
        stage_options = await self._with_session(account.owner, turn, stage_options)
        context = self._pipeline.context(Turn((*past, question)), account, stage_options)
        reply = await self._pipeline.begin_truncated(context)
        return StoredReply(turn, reply, num_too_old + reply.num_dropped, context.trace)

    async def _with_session(self, owner: str, turn: TurnHandle, stage_options: StageOptions) -> StageOptions:
        """The session's profile goes before those of the key and the server; a new one replaces it."""
        named = turn.options.get("profile")
        if stage_options.profile is not None and stage_options.profile != named:
            await self._store.change_options(owner, turn.session_id, {"profile": stage_options.profile})
        return replace(stage_options, fallbacks=(self._pipeline.known(named), *stage_options.fallbacks))

    async def _past(self, owner: str, session_id: str, history: Sequence[StoredTurn]) -> list[TurnMessage]:
        hashes = {picture.sha256 for turn in history for picture in turn.pictures}
        pictures = await self._store.pictures(owner, session_id, hashes) if hashes else {}
        return [message for turn in history for message in messages_of(turn, pictures)]


def _to_store(question: Question) -> Message[NewPart]:
    """Reads and hashes pictures that can be decoded: in a thread."""
    pictures = (StoredPicture.of(data, picture_mime(data)) for data in question.pictures)
    return Message("user", (*pictures, question.text))
