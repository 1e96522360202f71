"""Tasks and answers as frames over a socket."""

import os
import socket
import tempfile
import threading
from collections.abc import Iterator

import msgspec
import pytest

from server.library.readers import tasks
from server.library.readers.protocol import ReaderLimits
from server.library.readers.records import Heading, Line, Opened, Page, Refusal, Remark
from server.library.readers.tasks import (
    LENGTH,
    Answer,
    DocumentOpened,
    Open,
    PageDrawn,
    PageRead,
    ReadPage,
    Render,
    Task,
    TaskRefused,
    decode_answer,
    encode_frame,
    receive_task,
)

OPEN = Open(name="合同.pdf", limits=ReaderLimits(max_pages=3), max_s=5, max_bytes=1 << 30, password="密码")
PAGE = Page(
    number=3,
    text="a\nb",
    headings=(Heading(0, 1, "a"),),
    lines=(Line(0, 1, 0.1, 0.2, 0.3, 0.4),),
    remarks=(Remark("page_unreadable", {"page": 3, "cause": "page"}),),
)


@pytest.fixture
def ends() -> Iterator[tuple[socket.socket, socket.socket]]:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        yield ours, theirs


@pytest.mark.parametrize("task", [OPEN, ReadPage(7), Render(1, 100, 200)])
def test_tasks_arrive(ends: tuple[socket.socket, socket.socket], task: Task) -> None:
    ends[0].sendall(encode_frame(task))
    assert receive_task(ends[1]) == (task, [])


def test_a_file_arrives_with_its_task(ends: tuple[socket.socket, socket.socket]) -> None:
    with tempfile.TemporaryFile() as file:
        file.write(b"content")
        file.flush()
        frame = encode_frame(OPEN)
        socket.send_fds(ends[0], [frame[: LENGTH.size]], [file.fileno()])
        ends[0].sendall(frame[LENGTH.size :])
        task, (received,) = receive_task(ends[1])
    assert task == OPEN
    assert os.pread(received, 100, 0) == b"content"
    os.close(received)


@pytest.mark.parametrize(
    "answer",
    [
        DocumentOpened(Opened("pdf", 3, (Remark("scripts"),))),
        PageRead(PAGE),
        PageRead(None),
        PageDrawn(bytes(range(256))),
        TaskRefused(Refusal("bomb", {"num_bytes": 5, "limit": 3})),
    ],
)
def test_answers_are_understood(answer: Answer) -> None:
    frame = encode_frame(answer)
    assert LENGTH.unpack(frame[: LENGTH.size]) == (len(frame) - LENGTH.size,)
    assert decode_answer(frame[LENGTH.size :]) == answer


def test_a_long_frame_arrives_in_pieces(ends: tuple[socket.socket, socket.socket]) -> None:
    task = Open(name="x" * 3_000_000, limits=ReaderLimits(), max_s=1, max_bytes=1)
    sender = threading.Thread(target=ends[0].sendall, args=(encode_frame(task),))
    sender.start()
    assert receive_task(ends[1])[0] == task
    sender.join()


@pytest.mark.parametrize("sent", [b"", b"\0\0", LENGTH.pack(100), LENGTH.pack(100) + b"x" * 99])
def test_an_end_within_a_frame_is_the_end(ends: tuple[socket.socket, socket.socket], sent: bytes) -> None:
    ends[0].sendall(sent)
    ends[0].close()
    with pytest.raises(EOFError):
        receive_task(ends[1])


@pytest.mark.parametrize("data", [b"", b"rubbish", msgspec.msgpack.encode({"type": "Other"}), b"\xc0"])
def test_what_is_no_answer_is_found(data: bytes) -> None:
    with pytest.raises(msgspec.DecodeError):
        decode_answer(data)


def test_answers_have_a_longest_length(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tasks, "MAX_FRAME_BYTES", 1000)
    assert encode_frame(PageDrawn(bytes(900)))
    with pytest.raises(ValueError, match="too long"):
        encode_frame(PageDrawn(bytes(1000)))


@pytest.mark.parametrize("task", [Render(0, 9, 9), Render(1, 0, 9), Render(1, 9, 10_000), ReadPage(0)])
def test_tasks_have_sensible_numbers(ends: tuple[socket.socket, socket.socket], task: Task) -> None:
    ends[0].sendall(encode_frame(task))
    with pytest.raises(msgspec.ValidationError):
        receive_task(ends[1])
