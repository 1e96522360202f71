"""What is asked of all segments of documents for one question, and what is made of their answers."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from model.tokenizer import Tokenizer
from server.errors.base import Language
from server.errors.documents import DocumentTooLong
from server.library.asking.budget import Budget
from server.library.asking.citations import Citer
from server.library.asking.map_requests import MapRequests
from server.library.asking.prompt import put_before_question, write_excerpts
from server.library.asking.sources import Sources
from server.library.asking.whole import Segment, cut_segments
from server.library.asking.whole_prompts import write_turn
from server.store.library_records import Passage
from server.turn.turn import Label, Turn

SEGMENT_TOKENS = 2000
"""The most tokens of a segment: a model overlooks more in longer ones."""

MAX_SEGMENTS = 4000
"""The most segments that are asked about for one question."""

MAX_CITED = 100
"""The most things of a list that are shown, each with its citation."""


@dataclass(frozen=True)
class Asked:
    """A question to whole documents: their passages, and what is needed to ask the model about them."""

    text: str
    language: Language
    turn: Turn
    owner: str
    passages: Sequence[Passage]
    budget: Budget
    sources: Sources
    tokenizer: Tokenizer
    citer: Citer

    @property
    def takes_fixed_text(self) -> bool:
        """Whether the answer may be text that code writes: it must be no JSON, and no call of a tool."""
        return not self.turn.tools and self.turn.constraint is None and self.turn.continued is None


class Inquiry(ABC):
    """The way in which a question is answered from whole documents."""

    is_by_page = False

    def __init__(self, asked: Asked) -> None:
        self.asked = asked

    async def choose_segments(self) -> list[Segment]:
        """Return the segments that the model has to be asked about."""
        return await self._cut(self.asked.passages)

    async def write_turn(self, segment: Segment) -> Turn:
        """Return the turn that asks about a segment."""
        asked = self.asked
        parts = await write_excerpts(
            segment.excerpts, asked.sources.documents, asked.owner, asked.budget.num_slices, asked.language
        )
        return self._write_turn(parts, segment)

    @abstractmethod
    def _write_turn(self, parts: Sequence[Any], segment: Segment) -> Turn:
        """Return the turn that asks about a segment whose parts of a message these are."""

    @abstractmethod
    def read(self, segment: Segment, answer: str) -> None:
        """Keep what the model says of a segment. Raises `ValueError` if that cannot be read."""

    @abstractmethod
    async def conclude(self, requests: MapRequests) -> str | Turn:
        """Return the answer with its marks; or the turn that asks the model for it."""

    async def _cut(self, passages: Sequence[Passage]) -> list[Segment]:
        most = min(SEGMENT_TOKENS, self.asked.budget.num_tokens)
        segments = await cut_segments(passages, most, self.asked.tokenizer, self.is_by_page)
        if len(segments) > MAX_SEGMENTS:
            raise DocumentTooLong(len(segments), MAX_SEGMENTS)
        return segments

    def _ask(self, parts: Sequence[Any], instruction: str, schema: Any = None, max_new_tokens: int = 300) -> Turn:
        asked = self.asked
        return write_turn(parts, instruction, asked.text, asked.owner, schema, max_new_tokens)

    def _answer_with(self, text: str) -> str | Turn:
        """Return the answer that code has written, or the turn in which the model puts it into the form asked for."""
        if self.asked.takes_fixed_text:
            return text
        return put_before_question(self.asked.turn, (Label(text),), self.asked.language, is_bound=True)

    def _mark(self, passage: Passage, said: str) -> str:
        return f"[{self.asked.citer.cite_passage(passage, said).number}]"
