"""Notes on every segment, which are joined in rounds until they fit into one prompt."""

from collections.abc import Sequence
from typing import Any

from server.library.asking.budget import count_tokens
from server.library.asking.inquiry import Asked, Inquiry
from server.library.asking.map_requests import MapRequests
from server.library.asking.prompt import put_before_question
from server.library.asking.whole import Segment
from server.library.asking.whole_prompts import GATHERED, NOTES, NOTHING
from server.library.asking.wordings import NOT_FOUND, write_source
from server.turn.turn import Label, Turn

MAX_JOINED = 8
"""How many notes become one at most."""


class SummaryInquiry(Inquiry):
    """Gathers what of each segment matters to the question, and has the model answer from that."""

    def __init__(self, asked: Asked) -> None:
        super().__init__(asked)
        self._notes: dict[int, str] = {}

    def _write_turn(self, parts: Sequence[Any], segment: Segment) -> Turn:  # noqa: ARG002
        return self._ask(parts, NOTES[self.asked.language])

    def read(self, segment: Segment, answer: str) -> None:
        note = answer.strip()
        if note.lower() not in NOTHING and note:
            first, last = segment.passages[0], segment.passages[-1]
            source = write_source(first, self.asked.language, last)
            self._notes[self.asked.passages.index(first)] = f"{source}: {note}"

    async def conclude(self, requests: MapRequests) -> str | Turn:
        notes = [self._notes[place] for place in sorted(self._notes)]
        if not notes:
            return self._answer_with(NOT_FOUND[self.asked.language])
        while not await self._fits(notes):
            notes = await self._join(notes, requests)
        parts = (Label(GATHERED[self.asked.language]), *map(Label, notes))
        return put_before_question(self.asked.turn, parts, self.asked.language, is_bound=True)

    async def _fits(self, notes: Sequence[str]) -> bool:
        counts = await count_tokens(self.asked.tokenizer, notes)
        return len(notes) == 1 or sum(counts) <= self.asked.budget.num_tokens

    async def _join(self, notes: Sequence[str], requests: MapRequests) -> list[str]:
        """Return fewer notes: those that fit into a segment together become one."""
        counts = await count_tokens(self.asked.tokenizer, notes)
        size = min(MAX_JOINED, max(2, self.asked.budget.num_tokens // (max(counts) + 1)))
        groups = [notes[start : start + size] for start in range(0, len(notes), size)]
        turns = [self._ask(tuple(map(Label, group)), NOTES[self.asked.language]) for group in groups]
        return [answer.strip() for answer in await requests.ask_all(turns)]
