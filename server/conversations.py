"""The dialogues of users, in memory, pictures included."""

import asyncio
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from model.decode import decode_image
from model.errors import PromptTooLong
from server.engine import AsyncEngine


@dataclass(frozen=True)
class Question:
    """What a user sent. The picture is kept as it came: unpacked it would be ten times larger."""

    text: str
    picture: bytes | None = None

    def message(self, max_image_pixels: int) -> dict[str, Any]:
        """In the form of `chat(msgs=...)`, the picture before the text. Raises `ImageError`."""
        image = [] if self.picture is None else [decode_image(self.picture, max_image_pixels)]
        return {"role": "user", "content": [*image, self.text]}


@dataclass(frozen=True)
class Turn:
    question: Question
    answer: str

    @property
    def num_bytes(self) -> int:
        return len(self.question.picture or b"") + len(self.question.text.encode()) + len(self.answer.encode())


@dataclass
class Conversation:
    """Whole turns, oldest first."""

    turns: list[Turn] = field(default_factory=list)
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    num_waiting: int = 0

    @property
    def num_bytes(self) -> int:
        return sum(turn.num_bytes for turn in self.turns)


class Conversations:
    """Dialogues by user, `max_bytes` in all; beyond that the least recently used is forgotten, never one in use."""

    def __init__(self, model: AsyncEngine, max_bytes: int, max_image_pixels: int) -> None:
        self._model = model
        self._max_bytes = max_bytes
        self._max_image_pixels = max_image_pixels
        self._by_user: OrderedDict[str, Conversation] = OrderedDict()

    def turns(self, user_id: str) -> Sequence[Turn]:
        conversation = self._by_user.get(user_id)
        return tuple(conversation.turns) if conversation else ()

    async def ask_once(self, question: Question) -> str:
        """Answer a question that belongs to no dialogue."""
        message = await asyncio.to_thread(question.message, self._max_image_pixels)
        return await self._model.answer([message])

    async def ask(self, user_id: str, question: Question) -> str:
        """Answer a turn and remember it. Turns of one user are put in order; a failed one leaves no trace."""
        conversation = self._by_user.setdefault(user_id, Conversation())
        self._by_user.move_to_end(user_id)
        conversation.num_waiting += 1
        try:
            async with conversation.lock:
                return await self._take_turn(conversation, question)
        finally:
            conversation.num_waiting -= 1
            self._forget()

    async def _take_turn(self, conversation: Conversation, question: Question) -> str:
        turns = list(conversation.turns)
        msgs = await asyncio.to_thread(self._messages, turns, question)
        while True:
            try:
                answer = await self._model.answer(msgs)
            except PromptTooLong:
                if not turns:
                    raise
                del turns[0], msgs[:2]  # the oldest turn leaves whole, with its picture
                continue
            conversation.turns = [*turns, Turn(question, answer)]
            return answer

    def _messages(self, turns: Sequence[Turn], question: Question) -> list[dict[str, Any]]:
        """Unpacks every picture, so it runs in a thread."""
        msgs: list[dict[str, Any]] = []
        for turn in turns:
            msgs += [turn.question.message(self._max_image_pixels), {"role": "assistant", "content": turn.answer}]
        return [*msgs, question.message(self._max_image_pixels)]

    def _forget(self) -> None:
        surplus = sum(conversation.num_bytes for conversation in self._by_user.values()) - self._max_bytes
        for user_id, conversation in list(self._by_user.items()):
            if not conversation.num_waiting and (surplus > 0 or not conversation.turns):
                surplus -= conversation.num_bytes
                del self._by_user[user_id]
