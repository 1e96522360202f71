"""Everything in documents that a question asks for, listed and counted by code."""

from collections.abc import Sequence
from typing import Any

from server.library.asking.inquiry import MAX_CITED, Asked, Inquiry
from server.library.asking.map_requests import MapRequests
from server.library.asking.mentions import normalize
from server.library.asking.whole import Segment
from server.library.asking.whole_prompts import ITEMS, MAX_JSON_TOKENS, NAMES_SCHEMA, Names, read_list
from server.library.asking.wordings import NOT_FOUND, write_source
from server.store.library_records import Passage
from server.turn.turn import Turn


class ListInquiry(Inquiry):
    """Has the model name what a question asks for in each segment, and keeps what is really written there."""

    def __init__(self, asked: Asked) -> None:
        super().__init__(asked)
        self._found: dict[str, tuple[str, Passage]] = {}

    def _write_turn(self, parts: Sequence[Any], segment: Segment) -> Turn:  # noqa: ARG002
        return self._ask(parts, ITEMS[self.asked.language], NAMES_SCHEMA, MAX_JSON_TOKENS)

    def read(self, segment: Segment, answer: str) -> None:
        for name in read_list(answer, Names).items:
            passage = find_passage(segment, name)
            if passage is not None and (key := normalize(name)):
                known = self._found.get(key)
                if known is None or _place(passage) < _place(known[1]):
                    self._found[key] = name.strip(), passage

    async def conclude(self, requests: MapRequests) -> str | Turn:  # noqa: ARG002
        if not self._found:
            return self._answer_with(NOT_FOUND[self.asked.language])
        is_chinese, count = self.asked.language == "zh", len(self._found)
        order = {document: place for place, document in enumerate(self.asked.turn.documents)}
        found = sorted(self._found.values(), key=lambda each: (order.get(each[1].document_id, 0), *_place(each[1])[1:]))
        lines = [f"在文档中共找到 {count} 项：" if is_chinese else f"{count} found in the documents:"]
        lines += [self._write_line(name, passage) for name, passage in found[:MAX_CITED]]
        if count > MAX_CITED:
            lines.append(f"另有 {count - MAX_CITED} 项。" if is_chinese else f"And {count - MAX_CITED} more.")
        return self._answer_with("\n".join(lines))

    def _write_line(self, name: str, passage: Passage) -> str:
        source = write_source(passage, self.asked.language)
        shown = f"{name}（{source}）" if self.asked.language == "zh" else f"{name} ({source})"
        return f"- {shown}{self._mark(passage, name)}"


def _place(passage: Passage) -> tuple[str, int, int]:
    return passage.document_id, passage.page, passage.position


def find_passage(segment: Segment, name: str) -> Passage | None:
    """Return the passage of a segment that has a name; of what is only in a picture, the model alone says."""
    wanted = normalize(name)
    if not wanted:
        return None
    for passage in segment.passages:
        if wanted in normalize(passage.text):
            return passage
    return segment.passages[0] if segment.is_scan and not segment.text.strip() else None
