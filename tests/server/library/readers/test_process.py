"""The process that reads a document, seen from its socket."""

import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from scripts.documents.pdf_writer import text_page, write_pdf
from server.library.readers.protocol import ReaderLimits
from server.library.readers.records import Refusal
from server.library.readers.tasks import (
    LENGTH,
    Answer,
    DocumentOpened,
    Open,
    PageRead,
    ReadPage,
    Task,
    TaskRefused,
    decode_answer,
    encode_frame,
)
from server.library.reading_process import MODULE
from tests.helpers.paths import ROOT

OPEN = Open(name="a", limits=ReaderLimits(), max_s=20, max_bytes=1 << 27)


@contextmanager
def started() -> Iterator[tuple[socket.socket, "subprocess.Popen[bytes]"]]:
    ours, theirs = socket.socketpair()
    command = [sys.executable, "-m", MODULE, str(theirs.fileno())]
    with ours, subprocess.Popen(command, pass_fds=[theirs.fileno()], cwd=ROOT) as process:
        theirs.close()
        ours.settimeout(20)
        yield ours, process
        process.kill()


def send(end: socket.socket, task: Task, data: bytes | None = None) -> None:
    frame = encode_frame(task)
    with tempfile.TemporaryFile() as file:
        file.write(data or b"")
        file.flush()
        sent = socket.send_fds(end, [frame[:4]], [file.fileno()]) if data is not None else 0
        end.sendall(frame[sent:])


def receive(end: socket.socket) -> Answer:
    (num_bytes,) = LENGTH.unpack(end.recv(LENGTH.size, socket.MSG_WAITALL))
    return decode_answer(end.recv(num_bytes, socket.MSG_WAITALL))


def test_a_document_is_opened_and_read() -> None:
    with started() as (end, process):
        send(end, OPEN, write_pdf([text_page(["hello"])]))
        assert isinstance(receive(end), DocumentOpened)
        send(end, ReadPage(1))
        answer = receive(end)
        assert isinstance(answer, PageRead)
        assert answer.page
        assert answer.page.text == "hello"
        end.close()
        assert process.wait(10) == 0


def test_a_refused_document_is_the_end() -> None:
    with started() as (end, process):
        send(end, OPEN, b"")
        assert receive(end) == TaskRefused(Refusal("empty"))
        assert process.wait(10) == 0


@pytest.mark.parametrize("task", [ReadPage(1), OPEN])
def test_a_task_without_a_document_is_the_end(task: Task) -> None:
    with started() as (end, process):
        send(end, task)
        assert end.recv(1) == b""
        assert process.wait(10) == 0


def test_it_imports_little() -> None:
    code = f"import sys, {MODULE}; print(*({{'PIL', 'numpy', 'pypdfium2', 'asyncio', 'model'}} & set(sys.modules)))"
    start = time.monotonic()
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.split() == []
    assert time.monotonic() - start < 10
