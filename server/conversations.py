"""The dialogues of users, in memory, pictures included."""

import asyncio
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field

from model.errors import PromptTooLong
from server.errors import TooManyImages
from server.reply import Reply
from server.turn import PictureSource, Turn, TurnMessage, Turns


@dataclass(frozen=True)
class Question:
    """What a user sent. The pictures are kept as they came: unpacked they would be ten times larger."""

    text: str
    pictures: tuple[bytes, ...] = ()

    @property
    def message(self) -> TurnMessage:
        """The pictures before the text."""
        return TurnMessage("user", (*map(PictureSource, self.pictures), self.text))


@dataclass(frozen=True)
class Exchange:
    question: Question
    answer: str

    @property
    def messages(self) -> tuple[TurnMessage, TurnMessage]:
        return self.question.message, TurnMessage("assistant", (self.answer,))

    @property
    def num_bytes(self) -> int:
        pictures = sum(map(len, self.question.pictures))
        return pictures + len(self.question.text.encode()) + len(self.answer.encode())


@dataclass
class Conversation:
    """Whole exchanges, oldest first."""

    exchanges: list[Exchange] = field(default_factory=list)
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    num_waiting: int = 0

    @property
    def num_bytes(self) -> int:
        return sum(exchange.num_bytes for exchange in self.exchanges)


class Conversations:
    """Dialogues by user, `max_bytes` in all; beyond that the least recently used is forgotten, never one in use."""

    def __init__(self, turns: Turns, max_bytes: int) -> None:
        self._turns = turns
        self._max_bytes = max_bytes
        self._by_user: OrderedDict[str, Conversation] = OrderedDict()

    def exchanges(self, user_id: str) -> Sequence[Exchange]:
        conversation = self._by_user.get(user_id)
        return tuple(conversation.exchanges) if conversation else ()

    async def ask_once(self, question: Question) -> str:
        """Answer a question that belongs to no dialogue."""
        (answer,), _ = await self._turns.answer(Turn((question.message,)))
        return answer.text.strip()

    async def ask(self, user_id: str, question: Question) -> str:
        """Answer a turn and remember it. Turns of one user are put in order; a failed one leaves no trace."""
        telling = await self.begin(user_id, question)
        return "".join([text async for text in telling]).strip()

    async def begin(self, user_id: str, question: Question) -> "Telling":
        """Admit a turn, when those before it of this user have ended. Close what it gives, read or not."""
        conversation = self._by_user.setdefault(user_id, Conversation())
        self._by_user.move_to_end(user_id)
        conversation.num_waiting += 1
        has_lock = False
        try:
            has_lock = await conversation.lock.acquire()
            reply, kept = await self._admit(conversation, question)
        except BaseException:
            self.leave(conversation, has_lock)
            raise
        return Telling(self, conversation, reply, question, kept)

    async def _admit(self, conversation: Conversation, question: Question) -> tuple[Reply, list[Exchange]]:
        """With the exchanges that still fit: the oldest leave whole, with their pictures."""
        kept = list(conversation.exchanges)
        messages = [message for exchange in kept for message in exchange.messages]
        decoded = await self._turns.decode([*messages, question.message])
        while True:
            try:
                return await self._turns.begin(Turn(decoded)), kept
            except (PromptTooLong, TooManyImages):
                if not kept:
                    raise
                kept, decoded = kept[1:], decoded[2:]

    def leave(self, conversation: Conversation, has_lock: bool = True) -> None:
        """A turn has ended, or was given up before it had the dialogue to itself."""
        if has_lock:
            conversation.lock.release()
        conversation.num_waiting -= 1
        self._forget()

    def _forget(self) -> None:
        surplus = sum(conversation.num_bytes for conversation in self._by_user.values()) - self._max_bytes
        for user_id, conversation in list(self._by_user.items()):
            if not conversation.num_waiting and (surplus > 0 or not conversation.exchanges):
                surplus -= conversation.num_bytes
                del self._by_user[user_id]


class Telling:
    """A turn of a dialogue as it is answered: an asynchronous iterator of text, remembered when read to its end."""

    def __init__(
        self,
        conversations: Conversations,
        conversation: Conversation,
        reply: Reply,
        question: Question,
        kept: Sequence[Exchange],
    ) -> None:
        self.text = ""
        self._conversations = conversations
        self._conversation = conversation
        self._reply = reply
        self._question = question
        self._kept = kept
        self._is_closed = False

    def __aiter__(self) -> "Telling":
        return self

    async def __anext__(self) -> str:
        try:
            part = await anext(self._reply)
        except StopAsyncIteration:
            if not self._is_closed:
                self._conversation.exchanges = [*self._kept, Exchange(self._question, self.text.strip())]
            self.close()
            raise
        except BaseException:
            self.close()
            raise
        self.text += part.text
        return part.text

    def close(self) -> None:
        """The next turn of this user may begin. Again is no error."""
        if not self._is_closed:
            self._is_closed = True
            self._reply.close()
            self._conversations.leave(self._conversation)
