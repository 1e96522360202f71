"""The dialogues of users, kept in the store: every user's is the session of that name, pictures included."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import chain
from weakref import WeakValueDictionary

from model.decode import picture_mime
from server.errors import FieldRefused
from server.fitting import fit, hashes_of, hopeless, messages_of
from server.reply import Reply
from server.store.errors import NameTooLong, SessionNotFound
from server.store.handle import TurnHandle
from server.store.records import Message, NewPart, Picture
from server.store.records import Turn as StoredTurn
from server.store.store import Store
from server.telling import Telling
from server.turn import PictureSource, Turn, TurnMessage, Turns

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

    def __init__(self, turns: Turns, store: Store) -> None:
        self._turns = turns
        self._store = store
        self._arrivals: WeakValueDictionary[tuple[str, str], asyncio.Lock] = WeakValueDictionary()

    async def ask_once(self, question: Question) -> str:
        """Answer a question that belongs to no dialogue."""
        (answer,), _ = await self._turns.answer(Turn((question.message,)))
        return answer.text.strip()

    async def ask(self, owner: str, user_id: str, question: Question) -> Telling:
        """Answer a turn and remember it; given is its telling, read to the end."""
        telling = await self.begin(owner, user_id, question)
        async for _ in telling:
            pass
        return telling

    async def begin(self, owner: str, user_id: str, question: Question) -> Telling:
        """Admit a turn, when those before it of this user have ended. Close what it gives, read or not.

        One that is refused leaves nothing in the session. Raises `ServerError`, `InputError` and `StoreError`.
        """
        self._turns.engine.check_room()
        self._turns.check(Turn((question.message,)))
        arrival = self._arrivals.setdefault((owner, user_id), asyncio.Lock())
        async with arrival:
            (message,) = await self._turns.decode([question.message])
            turn = await self._enter(owner, user_id, await asyncio.to_thread(_to_store, question))
        try:
            reply, num_dropped = await self._admit(owner, turn, message)
        except BaseException as error:
            turn.leave(error)
            raise
        return Telling(turn, reply, num_dropped)

    async def _enter(self, owner: str, user_id: str, asked: Message[NewPart]) -> TurnHandle:
        try:
            for _ in range(NUM_TRIES):
                session = await self._store.get_or_create(owner, user_id)
                with suppress(SessionNotFound):
                    return await self._store.turn(owner, session.id, asked).enter()
        except NameTooLong as error:
            raise FieldRefused("user_id", str(error)) from error
        raise SessionNotFound(user_id)

    async def _admit(self, owner: str, turn: TurnHandle, question: TurnMessage) -> tuple[Reply, int]:
        """With the turns that still fit: the oldest leave whole, with their pictures; how many those are."""
        num_hopeless = hopeless(turn.history, len(question.parts) - 1, self._turns.limits)
        past = await self._unpacked(owner, turn.session_id, turn.history[num_hopeless:])

        def asked(num_dropped: int) -> Turn:
            return Turn((*chain.from_iterable(past[num_dropped:]), question))

        dialogue, num_dropped = await fit(lambda number: self._turns.prepare(asked(number)), len(past))
        return await self._turns.admit(asked(num_dropped), dialogue), num_hopeless + num_dropped

    async def _unpacked(
        self, owner: str, session_id: str, history: Sequence[StoredTurn]
    ) -> list[tuple[TurnMessage, ...]]:
        """The messages of each turn."""
        hashes = {sha256 for turn in history for sha256 in hashes_of(turn)}
        pictures = await self._store.pictures(owner, session_id, hashes)
        return [await self._turns.decode(messages_of(turn, pictures)) for turn in history]


def _to_store(question: Question) -> Message[NewPart]:
    """Reads and hashes pictures that can be decoded: in a thread."""
    pictures = (Picture.of(data, picture_mime(data)) for data in question.pictures)
    return Message("user", (*pictures, question.text))
