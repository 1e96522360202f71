"""Processes that read documents without any process: a page of a text ends with a form feed."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, BinaryIO

from server.engine.fair_budget import FairBudget
from server.errors.base import Language
from server.library.errors import ReadingError
from server.library.files import make_file
from server.library.readers.records import Opened, Page, Refusal, Remark
from server.library.transcription import Transcript

PICTURE = b"\x89PNG of page "


class FakeDocument:
    """A document. "slow" in a page waits for `gate`, "broken" is refused, "bug" raises, and "scan" makes it a scan."""

    def __init__(self, text: str, gate: asyncio.Event) -> None:
        self.texts = text.split("\f")
        self.gate = gate

    @property
    def opened(self) -> Opened:
        return Opened("pdf", len(self.texts), (Remark("macros"),) if "macros" in self.texts[0] else ())

    async def read_pages(self, first: int = 1) -> AsyncIterator[Page]:
        for number, text in enumerate(self.texts[first - 1 :], first):
            if "slow" in text:
                await self.gate.wait()
            if "broken" in text:
                raise ReadingError(Refusal("broken", {"cause": "fake"}))
            if "bug" in text:
                raise ValueError("a mistake")
            remarks = (Remark("pictures", {"count": number}),) if "remark" in text else ()
            yield Page(number=number, text="" if "scan" in text else text, is_scan="scan" in text, remarks=remarks)

    async def render(self, number: int, max_width: int, max_height: int) -> bytes:
        if "undrawn" in self.texts[number - 1]:
            raise ReadingError(Refusal("broken", {"cause": "fake"}))
        return PICTURE + f"{number} in {max_width} x {max_height}".encode()


class FakeProcesses:
    """Opens texts, `num_processes` at once. `opened` are the names of what was opened, in order."""

    def __init__(self, num_processes: int = 2) -> None:
        self.places = FairBudget(num_processes)
        self.gate = asyncio.Event()
        self.opened: list[str] = []

    @property
    def num_waiting(self) -> int:
        return self.places.num_waiting

    @asynccontextmanager
    async def open(
        self, file: BinaryIO, name: str, owner: str, password: str | None = None
    ) -> AsyncIterator[FakeDocument]:
        with await self.places.acquire(1, owner):
            self.opened.append(name)
            file.seek(0)
            text = file.read().decode()
            if not text:
                raise ReadingError(Refusal("empty"))
            if text.startswith("locked") and password != "secret":
                raise ReadingError(Refusal("encrypted" if password is None else "wrong_password"))
            yield FakeDocument(text, self.gate)


class FakeTranscriber:
    """Reads the text `answer` on each page; `asked` has the pictures, owners and languages.

    `num_free` are the places that `processes` had meanwhile.
    """

    def __init__(self) -> None:
        self.asked: list[tuple[bytes, str, Language]] = []
        self.num_at_once = self.max_at_once = 0
        self.error: Exception | None = None
        self.answer: Transcript | None = Transcript("read", True)
        self.processes: Any = None
        self.num_free: list[int] = []

    async def transcribe(self, picture: bytes, owner: str, language: Language) -> Transcript | None:
        self.asked.append((picture, owner, language))
        if self.processes is not None:
            self.num_free.append(self.processes.places.num_free)
        self.num_at_once += 1
        self.max_at_once = max(self.max_at_once, self.num_at_once)
        await asyncio.sleep(0)
        self.num_at_once -= 1
        if self.error is not None:
            raise self.error
        return self.answer


def make_text_file(text: str) -> BinaryIO:
    """Return a temporary file with a text."""
    file = make_file()
    file.write(text.encode())
    file.seek(0)
    return file
