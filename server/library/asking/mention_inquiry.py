"""Which pages mention something: by their words, and by the model where words do not decide."""

import asyncio
from collections.abc import Sequence
from typing import Any

import msgspec

from server.library.asking.inquiry import MAX_CITED, Asked, Inquiry
from server.library.asking.map_requests import MapRequests
from server.library.asking.mentions import find_mentions
from server.library.asking.whole import Segment
from server.library.asking.whole_prompts import MENTION_SCHEMA, MENTIONS, Mention
from server.library.asking.wordings import NOT_FOUND, join_numbers, write_pages
from server.store.library_records import Passage
from server.turn.turn import Turn


class MentionInquiry(Inquiry):
    """Lists the pages that mention `term`. The model looks at scans, and at all pages where no words are the same."""

    is_by_page = True

    def __init__(self, asked: Asked, term: str) -> None:
        super().__init__(asked)
        self._term = term
        self._found: list[Passage] = []

    async def choose_segments(self) -> list[Segment]:
        self._found = await asyncio.to_thread(find_mentions, self.asked.passages, self._term)
        unread = [passage for passage in self.asked.passages if not passage.text.strip()]
        return await self._cut(unread if self._found else self.asked.passages)

    def _write_turn(self, parts: Sequence[Any], segment: Segment) -> Turn:  # noqa: ARG002
        instruction = MENTIONS[self.asked.language].format(term=self._term)
        return self._ask(parts, instruction, MENTION_SCHEMA, 20)

    def read(self, segment: Segment, answer: str) -> None:
        if msgspec.json.decode(answer, type=Mention).is_mentioned:
            self._found.append(segment.passages[0])

    async def conclude(self, requests: MapRequests) -> str | Turn:  # noqa: ARG002
        if not self._found:
            return self._answer_with(NOT_FOUND[self.asked.language])
        names = dict.fromkeys(passage.document_name for passage in self.asked.passages)
        lines = [self._write_line(name) for name in names if any(each.document_name == name for each in self._found)]
        return self._answer_with("\n".join(lines))

    def _write_line(self, name: str) -> str:
        """Return the sentence on one document, with a mark for each page."""
        by_page = {each.page: each for each in reversed(self._found) if each.document_name == name}
        pages = sorted(by_page)
        marks = "".join(self._mark(by_page[page], self._term) for page in pages[:MAX_CITED])
        listed = write_pages(join_numbers(pages), self.asked.language)
        if self.asked.language == "zh":
            return f"“{name}”中提到“{self._term}”的共 {len(pages)} 页：{listed}。{marks}"
        count = "1 page mentions" if len(pages) == 1 else f"{len(pages)} pages mention"
        return f'{count} "{self._term}" in {name}: {listed}.{marks}'
