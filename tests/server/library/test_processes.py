"""The processes that read documents: what they take, how they end, and how owners share them."""

import asyncio
import io
import os
import re
import signal
import subprocess
import sys
import tempfile
import zlib
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, suppress
from pathlib import Path
from typing import BinaryIO

import psutil  # type: ignore[import-untyped]
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from scripts.documents.pdf_writer import Bookmark, PdfPage, scan_page, text_page, write_pdf
from server.errors.documents import DocumentsBusy
from server.library.errors import ReadingError
from server.library.processes import OpenDocument, ReadingLimits, ReadingProcesses
from server.library.readers.protocol import ReaderLimits
from server.library.readers.records import Page, Refusal
from server.library.readers.tasks import PageRead, ReadPage
from server.library.reading_process import MODULE
from server.settings.library_settings import LibrarySettings
from tests.helpers.children import list_children_with
from tests.helpers.paths import ROOT
from tests.helpers.pictures import encode, open_noise

pytestmark = pytest.mark.anyio

MIB = 1 << 20
PDF = write_pdf([text_page([f"This is page {number}"]) for number in range(1, 6)])


def make_limits(
    num_processes: int = 1,
    memory_bytes: int = 128 * MIB,
    max_s: int = 20,
    max_wait_s: float = 20,
    reader: ReaderLimits | None = None,
) -> ReadingLimits:
    return ReadingLimits(num_processes, memory_bytes, max_s, max_wait_s, reader or ReaderLimits())


@pytest.fixture
async def processes() -> AsyncIterator[ReadingProcesses]:
    processes = ReadingProcesses(make_limits())
    yield processes
    await processes.close()
    assert list_children() == []


def list_children() -> list[psutil.Process]:
    return list_children_with(MODULE)


def write(data: bytes) -> BinaryIO:
    file = tempfile.TemporaryFile()  # noqa: SIM115
    file.write(data)
    file.flush()
    return file


async def read(processes: ReadingProcesses, data: bytes, first: int = 1, password: str | None = None) -> list[Page]:
    with write(data) as file:
        async with processes.open(file, "a", "ann", password) as document:
            return [page async for page in document.read_pages(first)]


async def refuse(processes: ReadingProcesses, data: bytes) -> Refusal:
    with pytest.raises(ReadingError) as caught:
        await read(processes, data)
    return caught.value.refusal


async def test_pages_are_read_in_order(processes: ReadingProcesses) -> None:
    pages = await read(processes, PDF)
    assert [(page.number, page.text) for page in pages] == [(n, f"This is page {n}") for n in range(1, 6)]
    assert [page.number for page in await read(processes, PDF, first=4)] == [4, 5]
    assert await read(processes, PDF, first=6) == []


async def test_what_is_opened_is_told(processes: ReadingProcesses) -> None:
    with write(PDF) as file:
        async with processes.open(file, "a.docx", "ann") as document:
            assert (document.opened.kind, document.opened.num_pages) == ("pdf", 5)


async def test_pages_can_be_drawn_between_others(processes: ReadingProcesses) -> None:
    with write(PDF) as file:
        async with processes.open(file, "a", "ann") as document:
            read = []
            async for page in document.read_pages():
                drawn = Image.open(io.BytesIO(await document.render(6 - page.number, 100, 300)))
                read.append((page.number, drawn.size))
            assert read == [(n, (100, 142)) for n in range(1, 6)]


async def test_a_page_may_be_read_again(processes: ReadingProcesses) -> None:
    with write(PDF) as file:
        async with processes.open(file, "a", "ann") as document:
            for number in (3, 1, 2, 5, 5):
                answer = await document.ask(ReadPage(number))
                assert isinstance(answer, PageRead)
                assert answer.page
                assert answer.page.text.endswith(str(number))


async def test_a_page_that_is_not_there(processes: ReadingProcesses) -> None:
    with write(PDF) as file:
        async with processes.open(file, "a", "ann") as document:
            with pytest.raises(ReadingError) as caught:
                await document.render(6, 100, 100)
            assert caught.value.refusal == Refusal("no_such_page", {"page": 6})
            assert await document.render(5, 100, 100)


async def test_a_document_without_pages_is_empty(processes: ReadingProcesses) -> None:
    assert await refuse(processes, write_pdf([])) == Refusal("empty")


async def test_passwords(processes: ReadingProcesses) -> None:
    data = write_pdf([text_page(["secret"])], password="geheim")
    assert await refuse(processes, data) == Refusal("encrypted")
    assert [page.text for page in await read(processes, data, password="geheim")] == ["secret"]
    with pytest.raises(ReadingError) as caught:
        await read(processes, data, password="falsch")
    assert caught.value.refusal == Refusal("wrong_password")


@pytest.mark.parametrize(
    ("limits", "code"),
    [(ReaderLimits(max_pages=4), "too_many_pages"), (ReaderLimits(max_page_chars=9), "too_much_text")],
)
async def test_limits_of_a_document(limits: ReaderLimits, code: str) -> None:
    processes = ReadingProcesses(make_limits(reader=limits))
    assert (await refuse(processes, PDF)).code == code
    await processes.close()


async def test_a_reader_that_takes_too_much_memory_is_refused(processes: ReadingProcesses) -> None:
    picture = encode(Image.new("RGB", (7000, 7000)), "PNG")
    with write(picture) as file:
        async with processes.open(file, "a", "ann") as document:
            with pytest.raises(ReadingError) as caught:
                await document.render(1, 100, 100)
    assert caught.value.refusal == Refusal("memory", {"limit": 128 * MIB})


async def test_a_library_that_takes_too_much_memory_fails_alone(processes: ReadingProcesses) -> None:
    bomb = zlib.compress(zlib.compress(b"0 0 m\n" * (50 * MIB)))
    content = (b"<< /Type /Page /Filter [/FlateDecode /FlateDecode] %s >>", bomb)
    page = b"<< /Type /Page /MediaBox [0 0 99 99] /Contents 1 0 R >>"
    data = write_pdf([PdfPage()], more=[content, (page, None)]).replace(b"/Kids [", b"/Kids [2 0 R ")
    refusal = await refuse(processes, data)
    assert refusal.code in ("memory", "crash", "broken")
    assert len(await read(processes, PDF)) == 5


async def with_open(processes: ReadingProcesses, act: Callable[[OpenDocument], None]) -> Refusal:
    """Return how reading ends where something happens to the process."""
    with write(PDF) as file:
        async with processes.open(file, "a", "ann") as document:
            act(document)
            with pytest.raises(ReadingError) as caught:
                await document.ask(ReadPage(1))
            return caught.value.refusal


async def test_a_crash_is_one_error(processes: ReadingProcesses) -> None:
    refusal = await with_open(processes, lambda document: os.kill(document.pid, signal.SIGSEGV))
    assert refusal == Refusal("crash", {"cause": "signal 11"})
    assert len(await read(processes, PDF)) == 5


async def test_a_library_that_gives_up_for_memory_is_understood(processes: ReadingProcesses) -> None:
    refusal = await with_open(processes, lambda document: os.kill(document.pid, signal.SIGABRT))
    assert refusal.code == "memory"


async def test_a_task_takes_no_longer_than_its_time() -> None:
    processes = ReadingProcesses(make_limits(max_s=1))
    refusal = await with_open(processes, lambda document: os.kill(document.pid, signal.SIGSTOP))
    assert refusal == Refusal("slow", {"limit": 1})
    assert list_children() == []
    await processes.close()


async def test_the_alarm_of_the_process_is_the_same_error(processes: ReadingProcesses) -> None:
    refusal = await with_open(processes, lambda document: os.kill(document.pid, signal.SIGALRM))
    assert refusal == Refusal("slow", {"limit": 20})


async def test_whoever_leaves_ends_the_process(processes: ReadingProcesses) -> None:
    started = asyncio.Event()

    async def hold() -> None:
        with write(PDF) as file:
            async with processes.open(file, "a", "ann") as document:
                os.kill(document.pid, signal.SIGSTOP)
                started.set()
                await document.ask(ReadPage(1))

    task = asyncio.create_task(hold())
    await started.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert list_children() == []


async def test_a_document_whose_task_was_left_fails_from_then_on(processes: ReadingProcesses) -> None:
    with write(PDF) as file:
        async with processes.open(file, "a", "ann") as document:
            os.kill(document.pid, signal.SIGSTOP)
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.05):
                    await document.ask(ReadPage(1))
            with pytest.raises(ReadingError):
                await document.ask(ReadPage(2))


@pytest.mark.parametrize("delay", [0, 0.001, 0.01, 0.05, 0.1])
async def test_leaving_at_any_time_leaves_no_process(processes: ReadingProcesses, delay: float) -> None:
    task = asyncio.create_task(read(processes, PDF))
    await asyncio.sleep(delay)
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
    assert list_children() == []
    assert len(await read(processes, PDF)) == 5


async def test_closing_ends_what_is_open() -> None:
    processes = ReadingProcesses(make_limits())
    with write(PDF) as file:
        async with processes.open(file, "a", "ann") as document:
            await processes.close()
            assert list_children() == []
            with pytest.raises(ReadingError):
                await document.ask(ReadPage(1))
    assert await refuse(processes, PDF) == Refusal("stopping")


async def test_owners_take_turns() -> None:
    processes = ReadingProcesses(make_limits())
    order: list[str] = []

    async def take(owner: str) -> None:
        with write(PDF) as file:
            async with processes.open(file, "a", owner):
                order.append(owner)

    async with AsyncExitStack() as stack:
        file = stack.enter_context(write(PDF))
        await stack.enter_async_context(processes.open(file, "a", "ann"))
        waiting = [asyncio.create_task(take(owner)) for owner in ("ann", "ann", "bob")]
        await asyncio.sleep(0)
    await asyncio.gather(*waiting)
    assert order == ["bob", "ann", "ann"]
    await processes.close()


async def test_nobody_waits_forever() -> None:
    processes = ReadingProcesses(make_limits(max_wait_s=0.05))
    with write(PDF) as file:
        async with processes.open(file, "a", "ann"):
            with pytest.raises(DocumentsBusy):
                await read(processes, PDF)
    await processes.close()


async def test_several_documents_are_open_at_once() -> None:
    processes = ReadingProcesses(make_limits(num_processes=2))
    with write(PDF) as file, write(encode(open_noise((9, 9)), "PNG")) as other:
        async with processes.open(file, "a", "ann") as first, processes.open(other, "b", "ann") as second:
            assert (first.opened.kind, second.opened.kind) == ("pdf", "picture")
            assert first.pid != second.pid
    await processes.close()


async def test_the_process_knows_no_secrets_and_has_its_limits(
    processes: ReadingProcesses, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MINICPMV_SECRET", "hidden")
    with write(PDF) as file:
        async with processes.open(file, "a", "ann") as document:
            place = Path(f"/proc/{document.pid}")
            assert b"hidden" not in (place / "environ").read_bytes()
            limits = (place / "limits").read_text()
            for name in ("core file size", "file size"):
                assert re.search(rf"Max {name} +0 +0 ", limits), name
            (most,) = re.findall(r"Max data size +(\d+) ", limits)
            assert 128 * MIB < int(most) < 256 * MIB
            assert (place / "oom_score_adj").read_text() == "500\n"
            assert len(list((place / "fd").iterdir())) <= 6


ORPHAN = """
import asyncio, os, sys
from server.library.processes import ReadingProcesses, ReadingLimits
from server.library.readers.protocol import ReaderLimits

async def main():
    processes = ReadingProcesses(ReadingLimits(1, 1 << 27, 20, 20, ReaderLimits()))
    with open(sys.argv[1], "rb") as file:
        async with processes.open(file, "a", "ann") as document:
            print(document.pid, flush=True)
            os.kill(os.getpid(), 9)

asyncio.run(main())
"""


def test_the_process_ends_with_its_server(tmp_path: Path) -> None:
    (tmp_path / "a.pdf").write_bytes(PDF)
    command = [sys.executable, "-c", ORPHAN, str(tmp_path / "a.pdf")]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    pid = int(done.stdout)
    with suppress(psutil.NoSuchProcess):
        psutil.Process(pid).wait(5)
    assert not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE


def test_limits_are_those_of_the_settings() -> None:
    limits = ReadingLimits.from_settings(LibrarySettings(max_document_pages=7, document_workers=3, max_document_s=9))
    assert (limits.num_processes, limits.max_s, limits.reader.max_pages) == (3, 9, 7)
    assert limits.reader.max_cells == LibrarySettings().max_document_cells


SAMPLE = write_pdf(
    [
        text_page(["Some text", "and more"]),
        scan_page(encode(open_noise((40, 50)), "JPEG"), (40, 50)),
        PdfPage(rotation=90),
    ],
    [Bookmark("Some", 1, [Bookmark("more", 2)])],
)


@settings(max_examples=10, deadline=None, suppress_health_check=list(HealthCheck))
@given(cut=st.floats(0, 1), places=st.lists(st.tuples(st.floats(0, 1), st.integers(0, 255)), max_size=20))
def test_damage_never_ends_in_more_than_an_error(cut: float, places: list[tuple[float, int]]) -> None:
    data = bytearray(SAMPLE[: int(len(SAMPLE) * cut) if places == [] else None])
    for place, byte in places:
        data[int(place * (len(data) - 1))] = byte
    code = asyncio.run(read_and_draw(bytes(data)))
    assert code in (None, "empty", "broken", "encrypted", "unknown_kind", "too_many_pages")


async def read_and_draw(data: bytes) -> str | None:
    """Read and draw what can be read, and return the code of the error that ended it."""
    processes = ReadingProcesses(make_limits())
    try:
        with write(data) as file:
            async with processes.open(file, "a.pdf", "ann") as document:
                async for page in document.read_pages():
                    with suppress(ReadingError):
                        await document.render(page.number, 50, 50)
    except ReadingError as error:
        return error.refusal.code
    finally:
        await processes.close()
        assert list_children() == []
    return None
