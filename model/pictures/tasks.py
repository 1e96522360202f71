"""What a server asks of a process that decodes pictures, and what that answers: lines of JSON over a socket.

The picture's file comes as an open file beside the line, and the patches of its views go into another.
"""

import socket
from dataclasses import dataclass

import msgspec
from msgspec import Struct

from model.pictures.layout import Layout, Size, lay_out

MAX_LINE = 1 << 16

JPEG_HEAD_BYTES = 4096


class ReadHeader(Struct, tag=True, frozen=True, kw_only=True):
    """Read the header of a picture, for these rules.

    `num_bytes` is the size of the file, `is_base64` whether it is text. The process may take `max_s` seconds, and
    `max_bytes` of memory beyond its own.
    """

    num_bytes: int
    is_base64: bool
    max_pixels: int
    max_ratio: int
    max_slice_nums: int
    scale_resolution: int
    patch_size: int
    max_s: int
    max_bytes: int

    def lay_out(self, size: Size) -> Layout:
        return lay_out(size, self.max_slice_nums, self.scale_resolution, self.patch_size)


class CutViews(ReadHeader, tag=True, frozen=True, kw_only=True):
    """Cut a picture whose header says `size` into views."""

    size: Size

    @property
    def num_output_bytes(self) -> int:
        """The size of the file that the answer is written to."""
        return self.lay_out(self.size).num_bytes


class DrawPreview(CutViews, tag=True, frozen=True, kw_only=True):
    """Draw a picture whose header says `size` as a JPEG with sides of at most `max_side` pixels."""

    max_side: int

    @property
    def num_output_bytes(self) -> int:
        """More than a JPEG of that size ever takes."""
        return 4 * self.max_side**2 + JPEG_HEAD_BYTES


Task = ReadHeader | CutViews | DrawPreview


class HeaderRead(Struct, tag=True, frozen=True):
    """What the header says. `sha256` is the hash of the file; decoding takes `num_bytes` of memory."""

    media_type: str
    size: Size
    num_bytes: int
    sha256: bytes


class ViewsCut(Struct, tag=True, frozen=True):
    """The views are written. `digest` is the hash of the picture's pixels and of how it is cut."""

    digest: bytes


class PreviewDrawn(Struct, tag=True, frozen=True):
    """The preview is written, and has this many bytes."""

    num_bytes: int


class Refused(Struct, tag=True, frozen=True):
    """The picture cannot be used, for one of `ImageError.REASONS`."""

    reason: str
    message: str


Answer = HeaderRead | ViewsCut | PreviewDrawn | Refused


@dataclass
class Lines:
    """One end of a socket over which lines of JSON go, each with up to two open files."""

    end: socket.socket

    def send(self, line: Task | Answer, files: tuple[int, ...] = ()) -> None:
        data = msgspec.json.encode(line) + b"\n"
        sent = socket.send_fds(self.end, [data], files) if files else 0
        self.end.sendall(data[sent:])

    def receive_task(self) -> tuple[Task, list[int]]:
        """Return the next task and its files. Raises `EOFError` where the other end was closed."""
        line, files = self._receive(max_files=2)
        task: Task = msgspec.json.decode(line, type=Task)
        return task, files

    def receive_answer(self) -> Answer:
        """Return the answer. Raises `EOFError` where the other end was closed, or sends what is no answer."""
        line, _ = self._receive()
        try:
            answer: Answer = msgspec.json.decode(line, type=Answer)
        except msgspec.DecodeError as error:
            raise EOFError from error
        return answer

    def _receive(self, max_files: int = 0) -> tuple[bytes, list[int]]:
        data, files = bytearray(), list[int]()
        while not data.endswith(b"\n"):
            piece, new, _, _ = socket.recv_fds(self.end, MAX_LINE, max_files)
            files += new
            data += piece
            if not piece or len(data) > MAX_LINE:
                raise EOFError
        return bytes(data), files
