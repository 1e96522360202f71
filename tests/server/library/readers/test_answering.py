"""The tasks of a process: pages one after another, and errors of any kind as answers."""

import io
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest

from server.library.readers import answering
from server.library.readers.answering import OpenReader, answer_task, refuse
from server.library.readers.protocol import ReaderLimits, Refused
from server.library.readers.records import Opened, Page, Refusal
from server.library.readers.tasks import DocumentOpened, Open, PageDrawn, PageRead, ReadPage, Render, TaskRefused

LIMITS = ReaderLimits(max_page_chars=100)
OPEN = Open(name="a", limits=LIMITS, max_s=1, max_bytes=1000)


@dataclass
class FakeReader:
    """A reader of five pages, which notes where it began to read; some of its pages fail."""

    opened: Opened = field(default_factory=lambda: Opened("text", 5))
    begun: list[int] = field(default_factory=list)
    errors: dict[int, Exception] = field(default_factory=dict)

    def read_pages(self, first: int) -> Iterator[Page]:
        self.begun.append(first)
        for number in range(first, 6):
            if number in self.errors:
                raise self.errors[number]
            yield Page(number=number, text=f"page {number}")

    def close(self) -> None: ...


class FakeDrawingReader(FakeReader):
    def render(self, number: int, max_width: int, max_height: int) -> bytes:
        if number > 5:
            raise IndexError(number)
        return f"{number} {max_width}x{max_height}".encode()


@pytest.fixture
def reader(monkeypatch: pytest.MonkeyPatch) -> FakeReader:
    reader = FakeDrawingReader()
    monkeypatch.setattr(answering, "open_reader", lambda *_: reader)
    return reader


@pytest.fixture
def document(reader: FakeReader) -> OpenReader:
    assert reader.begun == []
    return OpenReader(OPEN, io.BytesIO())


def read(document: OpenReader, number: int) -> str | Refusal | None:
    answer = answer_task(document, ReadPage(number))
    if isinstance(answer, TaskRefused):
        return answer.refusal
    assert isinstance(answer, PageRead)
    return answer.page.text if answer.page else None


def test_pages_in_order_are_read_once(document: OpenReader, reader: FakeReader) -> None:
    assert [read(document, number) for number in range(1, 7)] == [*(f"page {n}" for n in range(1, 6)), None]
    assert reader.begun == [1]


def test_drawing_between_pages_does_not_read_again(document: OpenReader, reader: FakeReader) -> None:
    read(document, 2)
    assert answer_task(document, Render(5, 10, 20)) == PageDrawn(b"5 10x20")
    assert read(document, 3) == "page 3"
    assert reader.begun == [2]


def test_another_page_begins_anew(document: OpenReader, reader: FakeReader) -> None:
    assert [read(document, number) for number in (4, 2, 3, 3, 9)] == ["page 4", "page 2", "page 3", "page 3", None]
    assert reader.begun == [4, 2, 3, 9]


def test_a_page_that_fails_does_not_end_the_document(document: OpenReader, reader: FakeReader) -> None:
    reader.errors[2] = ValueError("odd")
    assert [read(document, number) for number in (1, 2, 3)] == [
        "page 1",
        Refusal("broken", {"cause": "reader"}),
        "page 3",
    ]
    assert reader.begun == [1, 3]


def test_a_page_of_too_much_text_is_refused(document: OpenReader, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(FakeReader, "read_pages", lambda *_: iter([Page(number=1, text="x" * 101)]))
    assert read(document, 1) == Refusal("too_much_text", {"limit": 100})


def test_opening_again_says_the_same(document: OpenReader) -> None:
    assert answer_task(document, OPEN) == DocumentOpened(Opened("text", 5))


def test_a_page_that_is_not_there_is_not_drawn(document: OpenReader) -> None:
    assert answer_task(document, Render(6, 9, 9)) == TaskRefused(Refusal("no_such_page", {"page": 6}))


def test_readers_that_cannot_draw(document: OpenReader) -> None:
    document.reader = FakeReader()
    assert answer_task(document, Render(1, 9, 9)) == TaskRefused(Refusal("not_drawn"))


@pytest.mark.parametrize(
    ("error", "refusal"),
    [
        (Refused(Refusal("bomb", {"limit": 1})), Refusal("bomb", {"limit": 1})),
        (MemoryError(), Refusal("memory", {"limit": 1000})),
        (KeyError("x"), Refusal("broken", {"cause": "reader"})),
        (RecursionError(), Refusal("broken", {"cause": "reader"})),
    ],
)
def test_what_errors_mean(error: Exception, refusal: Refusal) -> None:
    assert refuse(error, OPEN) == TaskRefused(refusal)
