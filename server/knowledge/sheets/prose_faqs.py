"""Questions with their answers in texts: under headings, or behind marks such as `Q:` and `答：`."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from server.knowledge.sheets.records import Span
from server.knowledge.sheets.texts import find_language
from server.library.readers.records import Page
from server.store.knowledge_records import Faq

MIN_FOUND, MIN_SHARE = 2, 0.5
"""A text is a list of questions where it has so many, and so many of its headings are questions."""

MAX_ANSWER = 20_000
"""The most characters of an answer; a longer one is a chapter."""

_BEGIN = r"^[ \t]*(?:[-*+>][ \t]+|\d{1,3}[.)、．][ \t]*)?(?:\#{1,6}[ \t]+)?(?:\*\*|__)?[ \t]*"
_ASKED = re.compile(
    _BEGIN + r"(?:Q(?:uestion)?|问题?|提问)[ \t]*\d{0,3}[ \t]*(?:\*\*|__)?[ \t]*[:：.、．][ \t]*(?P<text>.*\S)", re.I
)
_ANSWERED = re.compile(
    _BEGIN + r"(?:A(?:nswer)?|答案?|回答|答复)[ \t]*\d{0,3}[ \t]*(?:\*\*|__)?[ \t]*[:：.、．][ \t]*(?P<text>.*)", re.I
)
_END = re.compile(r"(?:\*\*|__)\s*$")
_START = re.compile(r"^\s*(?:\*\*|__)\s*")
_QUESTION = re.compile(r"[?？][*_\s\"”’」）)]*$|(?:吗|呢|么)[*_\s]*$")
_WORDS = re.compile(
    r"^(?:\W|\d)*(?:how|what|when|where|which|who|why|can|could|do|does|is|are|will|should|may)\b|"
    r"怎么|如何|什么|多少|多久|能不能|可以.*吗|是否|为什么|哪[里些个种]|几天|有没有",
    re.I,
)
_NUMBER = re.compile(r"^\s*(?:\d{1,3}(?:\.\d{1,3})*[.)、．]?|[一二三四五六七八九十]{1,3}[、.．])\s*(?=\S)")


@dataclass
class _Entry:
    """A question that is being read, and where its lines are."""

    question: str
    heading: str | None
    is_marked: bool
    is_question: bool = True
    lines: list[str] = field(default_factory=list)
    spans: list[tuple[int, int, int]] = field(default_factory=list)
    num_characters: int = 0

    @property
    def answer(self) -> str:
        return _END.sub("", "\n".join(self.lines)).strip()


class ProseFaqs:
    """Reads the pages of a text in order. Where `is_given`, the operator says that it is a list of questions."""

    def __init__(self, is_given: bool = False) -> None:
        self.num_headings = 0
        self._is_given = is_given
        self._entries: list[_Entry] = []
        self._current: _Entry | None = None
        self._path: list[tuple[int, str]] = []

    def add(self, page: Page) -> None:
        """Read a page."""
        headings = {heading.start: heading for heading in page.headings}
        start = 0
        for line in page.text.splitlines(keepends=True):
            end = start + len(line)
            heading = next((headings[place] for place in range(start, end) if place in headings), None)
            if heading is not None:
                self._add_heading(heading.level, " ".join(heading.text.split()))
            elif (asked := _ASKED.match(line)) is not None:
                self._begin(_clean(asked["text"]), is_marked=True)
            else:
                self._add_line(line)
            if self._current is not None:
                self._current.spans.append((page.number, start, end))
            start = end

    def finish(self, first_entry: int) -> tuple[list[Faq], list[Span]]:
        """Return the questions with answers, and where they are; none where the text is no list of questions."""
        self._end()
        found = [entry for entry in self._entries if entry.answer and entry.num_characters <= MAX_ANSWER]
        found = [entry for entry in found if entry.is_question] or found
        if not self._is_list(found):
            return [], []
        faqs, spans = [], list[Span]()
        for number, entry in enumerate(found, first_entry):
            faqs.append(Faq(entry.question, entry.answer, (), find_language(entry.question), False, number))
            spans += _join_spans(entry, number)
        return faqs, spans

    def _is_list(self, found: list[_Entry]) -> bool:
        num_marked = sum(entry.is_marked for entry in found)
        if self._is_given:
            return bool(found)
        is_asked = len(found) - num_marked >= MIN_SHARE * self.num_headings
        return num_marked >= MIN_FOUND or (len(found) > MIN_FOUND and is_asked)

    def _add_heading(self, level: int, text: str) -> None:
        self.num_headings += 1
        asked = _ASKED.match(text)
        title = _clean(asked["text"] if asked else text)
        self._end()
        self._path = [(other, each) for other, each in self._path if other < level]
        is_question = asked is not None or bool(_QUESTION.search(title) or _WORDS.search(title))
        if is_question or self._is_given:
            self._begin(title, is_marked=asked is not None, is_question=is_question)
        self._path.append((level, title))

    def _add_line(self, line: str) -> None:
        if self._current is None:
            return
        answered = _ANSWERED.match(line)
        text = line.rstrip() if answered is None else _START.sub("", answered["text"])
        self._current.lines.append(text)
        self._current.num_characters += len(line)

    def _begin(self, question: str, *, is_marked: bool, is_question: bool = True) -> None:
        self._end()
        heading = " > ".join(text for _, text in self._path if text != question) or None
        self._current = _Entry(question, heading, is_marked, is_question)

    def _end(self) -> None:
        if self._current is not None:
            self._entries.append(self._current)
            self._current = None


def _clean(text: str) -> str:
    """Return a question without its number and signs of emphasis."""
    bare = _NUMBER.sub("", _END.sub("", _START.sub("", text)).strip())
    return bare.strip("*_ \t") or text.strip()


def _join_spans(entry: _Entry, number: int) -> Iterator[Span]:
    """Yield a span for each page that an entry is on."""
    places: dict[int, tuple[int, int]] = {}
    for page, start, end in entry.spans:
        places[page] = (places[page][0] if page in places else start, end)
    for page, (start, end) in places.items():
        yield Span(page, start, end, number, entry.heading)
