"""What the server asks of the process that reads a document, and what that answers: frames over a socket.

A frame is its length in four bytes and a tagged record in MessagePack, which holds the bytes of pictures as they are.
The document comes as an open file beside the task `Open`. A new task is a record in `Task`, one in `Answer`, and a case
in `answering.py`.
"""

import socket
import struct
from typing import Annotated

import msgspec
from msgspec import Meta, Struct

from server.library.readers.found_table import FoundTable
from server.library.readers.protocol import ReaderLimits
from server.library.readers.records import Kind, Opened, Page, Refusal
from server.library.readers.video.records import FrameRead, ReadFrame

LENGTH = struct.Struct(">I")
MAX_FRAME_BYTES = 32 << 20
"""The longest frame: more than a page of the most characters, or a picture that is drawn, takes."""

MAX_SIDE = 4096
"""The longest side of a page that is drawn, in pixels."""


class Open(Struct, tag=True, frozen=True, kw_only=True):
    """Open a document, the first task of a process. Each task may take `max_s`, all together `max_bytes` of memory.

    `max_bytes` counts beyond what the process takes when it has started. `kind` is what the document has to be; without
    one that is found by its content.
    """

    name: str
    limits: ReaderLimits
    max_s: int
    max_bytes: int
    password: str | None = None
    kind: Kind | None = None


class ReadPage(Struct, tag=True, frozen=True):
    """Read a page. Those that are read in order are read once each, whatever the format."""

    number: Annotated[int, Meta(ge=1)]


class Render(Struct, tag=True, frozen=True):
    """Draw a page so that it fills a box of pixels in one direction."""

    number: Annotated[int, Meta(ge=1)]
    max_width: Annotated[int, Meta(ge=1, le=MAX_SIDE)]
    max_height: Annotated[int, Meta(ge=1, le=MAX_SIDE)]


class FindTables(Struct, tag=True, frozen=True):
    """Find the tables that are drawn on a page of a PDF."""

    number: Annotated[int, Meta(ge=1)]


Task = Open | ReadPage | Render | ReadFrame | FindTables


class DocumentOpened(Struct, tag=True, frozen=True):
    opened: Opened


class PageRead(Struct, tag=True, frozen=True):
    """A page, None behind the last one."""

    page: Page | None


class PageDrawn(Struct, tag=True, frozen=True):
    """A page as a PNG or JPEG."""

    picture: bytes


class TablesFound(Struct, tag=True, frozen=True):
    """The tables of a page from the top down."""

    tables: tuple[FoundTable, ...]


class TaskRefused(Struct, tag=True, frozen=True):
    refusal: Refusal


Answer = DocumentOpened | PageRead | PageDrawn | FrameRead | TablesFound | TaskRefused


def encode_frame(message: Task | Answer) -> bytes:
    """Return a message as a frame. Raises `ValueError` where it is too long for one."""
    data = msgspec.msgpack.encode(message)
    if len(data) > MAX_FRAME_BYTES:
        raise ValueError(f"a frame of {len(data)} bytes is too long")
    return LENGTH.pack(len(data)) + data


def receive_task(end: socket.socket) -> tuple[Task, list[int]]:
    """Wait for a task and its open files. Raises `EOFError` where the other end was closed."""
    head, files, _, _ = socket.recv_fds(end, LENGTH.size, 1)
    if not head:
        raise EOFError
    head += _receive(end, LENGTH.size - len(head))
    task: Task = msgspec.msgpack.decode(_receive(end, LENGTH.unpack(head)[0]), type=Task)
    return task, files


def decode_answer(data: bytes) -> Answer:
    """Return an answer. Raises `msgspec.DecodeError` for what is none."""
    answer: Answer = msgspec.msgpack.decode(data, type=Answer)
    return answer


def _receive(end: socket.socket, num_bytes: int) -> bytes:
    data = bytearray()
    while len(data) < num_bytes:
        piece = end.recv(num_bytes - len(data))
        if not piece:
            raise EOFError
        data += piece
    return bytes(data)
