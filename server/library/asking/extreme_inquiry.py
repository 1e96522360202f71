"""What is the most of something: the model reads the values, code compares them."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from server.errors.base import Language
from server.library.asking.extremes import Candidate, choose, find_measure, find_name, find_word, is_conditional
from server.library.asking.inquiry import Asked, Inquiry
from server.library.asking.map_requests import MapRequests
from server.library.asking.mentions import normalize
from server.library.asking.prompt import draw_page
from server.library.asking.values import Measure, Value, find_values, read_value
from server.library.asking.whole import Segment
from server.library.asking.whole_prompts import (
    MAX_JSON_TOKENS,
    VALUES,
    Named,
    NamedValues,
    read_list,
    write_turn,
    write_values_schema,
)
from server.library.asking.wordings import NOT_FOUND, write_source
from server.store.library_records import Passage
from server.turn.turn import Turn

MAX_WINNERS = 10
MAX_VALUES = 400
"""The most values of a segment that the model chooses among."""

MAX_READ_TOKENS = 200
ASK_NAME: Mapping[Language, str] = {"en": "What is this?", "zh": "这是什么？"}
ASK_VALUE: Mapping[Measure, Mapping[Language, str]] = {
    "money": {"en": "How much does it cost?", "zh": "多少钱？"},
    "mass": {"en": "How much does it weigh?", "zh": "它有多重？"},
    "date": {"en": "What is the date?", "zh": "日期是哪天？"},
}
"""What the model is asked of a scanned page: it reads a picture best where the question is a plain one."""

SAID = re.compile(r"^(?:(?:this|it) is |这是|这个是|它是)", re.I)
"""How an answer on what a picture shows begins."""


class ExtremeInquiry(Inquiry):
    """Has the model name what each page has, with the values that are written there, and finds the most or the least.

    Pages without a value of the measure that is asked for are left out, if any page has one.
    """

    is_by_page = True

    def __init__(self, asked: Asked) -> None:
        super().__init__(asked)
        self._measure = find_measure(asked.text)
        self._is_measured = False
        self._candidates: list[Candidate] = []

    async def choose_segments(self) -> list[Segment]:
        segments = await self._cut(self.asked.passages)
        self._is_measured = any(self._has_measure(segment) for segment in segments)
        return [each for each in segments if each.is_scan or not self._is_decided(each)]

    def _is_decided(self, segment: Segment) -> bool:
        """Whether no model is needed: a segment without a value has nothing, one with a single price has that."""
        values = self._find_values(segment)
        if not values or len({value.amount for value in values}) > 1 or not self._is_measured:
            return not values
        passage = next((each for each in segment.passages if values[0].text in each.text), segment.passages[0])
        if is_conditional(passage, values[0]):
            return False
        self._candidates.append(Candidate(find_name(passage, values[0]), values[0], passage))
        return True

    def _has_measure(self, segment: Segment) -> bool:
        return any(value.measure == self._measure for value in find_values(segment.text, self._measure == "date"))

    def _find_values(self, segment: Segment) -> list[Value]:
        values = find_values(segment.text, self._measure == "date" and self._is_measured)
        if self._is_measured:
            values = [value for value in values if value.measure == self._measure]
        return values[:MAX_VALUES]

    @property
    def _plain_question(self) -> Mapping[Language, str] | None:
        return None if self._measure is None else ASK_VALUE.get(self._measure)

    async def write_turn(self, segment: Segment) -> Turn:
        if segment.is_scan and self._plain_question is not None:
            return await self._ask_picture(segment.passages[0], self._plain_question)
        return await super().write_turn(segment)

    async def _ask_picture(self, passage: Passage, question: Mapping[Language, str]) -> Turn:
        asked = self.asked
        picture = await draw_page(asked.sources.documents, asked.owner, passage, asked.budget.num_slices)
        return write_turn((picture,), "", question[asked.language], asked.owner, None, MAX_READ_TOKENS)

    def _write_turn(self, parts: Sequence[Any], segment: Segment) -> Turn:
        texts = None if segment.is_scan else list(dict.fromkeys(value.text for value in self._find_values(segment)))
        return self._ask(parts, VALUES[self.asked.language], write_values_schema(texts), MAX_JSON_TOKENS)

    def read(self, segment: Segment, answer: str) -> None:
        if segment.is_scan and self._plain_question is not None:
            self._read_picture(segment.passages[0], answer)
            return
        for item in read_list(answer, NamedValues).items:
            value = None if item.value is None else read_value(item.value, self._measure == "date")
            passage = None if value is None else _find_source(segment, item)
            if value is not None and passage is not None:
                is_there = segment.is_scan or normalize(item.name) in normalize(segment.text)
                name = item.name.strip() if is_there else ""
                self._candidates.append(Candidate(name or find_name(passage, value), value, passage))

    def _read_picture(self, passage: Passage, answer: str) -> None:
        """Keep the values that the model has read on a scanned page, one of each line; it may have several things."""
        for line in answer.splitlines():
            values = find_values(line, self._measure == "date")
            measured = [replace(value, measure=self._measure or value.measure) for value in values]
            name, _, rest = line.partition(":")
            self._candidates += [Candidate(name if rest else "", value, passage) for value in measured[:1]]

    async def conclude(self, requests: MapRequests) -> str | Turn:
        if not self._candidates:
            return self._answer_with(NOT_FOUND[self.asked.language])
        order = {id(passage): place for place, passage in enumerate(self.asked.passages)}
        self._candidates.sort(key=lambda each: order[id(each.passage)])
        winners = choose(self._candidates, self.asked.text)[:MAX_WINNERS]
        return self._answer_with("\n".join([await self._write_line(winner, requests) for winner in winners]))

    async def _write_line(self, winner: Candidate, requests: MapRequests) -> str:
        is_chinese, value = self.asked.language == "zh", winner.value.text
        name = winner.name or await self._ask_name(winner.passage, requests)
        shown = name if value in name else f"{name}：{value}" if is_chinese else f"{name}: {value}"
        word, source = find_word(self.asked.text), write_source(winner.passage, self.asked.language)
        mark = self._mark(winner.passage, f"{winner.name} {value}")
        return f"{word}的是 {shown}（{source}）。{mark}" if is_chinese else f"The {word} is {shown} ({source}).{mark}"

    async def _ask_name(self, passage: Passage, requests: MapRequests) -> str:
        """Return what a scanned page shows, of which only a value was read."""
        answer = await requests.ask(await self._ask_picture(passage, ASK_NAME))
        return SAID.sub("", answer.strip()).rstrip(".。")


def _find_source(segment: Segment, item: Named) -> Passage | None:
    """Return the passage that has both the value and the name, or else the one that has the value."""
    assert item.value is not None, "it was read"
    if segment.is_scan:
        return segment.passages[0]
    with_value = [each for each in segment.passages if normalize(item.value) in normalize(each.text)]
    with_both = [each for each in with_value if normalize(item.name) in normalize(each.text)]
    return next(iter((*with_both, *with_value)), None)
