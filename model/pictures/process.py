"""A process that decodes pictures for a server: `python -m model.pictures.process FD`, with a socket as that file.

Pictures are not trusted. So this process holds nothing but the picture, keeps to the memory and the time of each task,
and ends when the socket is closed, however the server has ended. It imports no torch.
"""

import contextlib
import ctypes
import hashlib
import io
import mmap
import os
import resource
import signal
import socket
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path

from model.errors import ImageError
from model.pictures.base64_text import decode_base64
from model.pictures.cutting import scale
from model.pictures.decode import NO_MEMORY, SizeLimits, decode_pixels, load_plugins, read_header
from model.pictures.file_formats import read_webp_size
from model.pictures.layout import Layout, Size
from model.pictures.tasks import Answer, CutViews, DrawPreview, HeaderRead, Lines, PreviewDrawn, Refused, Task, ViewsCut

SLACK_BYTES = 16 << 20
"""The memory of a task beyond its picture's: answers, and what the system rounds up."""

SLACK_S = 5
"""How much longer than the server waits the process lives, in case nobody is left to end it."""

PREVIEW_QUALITY = 85
WEBP_CANVAS_BYTES = 8
FIRST_VICTIM = "500"


def main() -> None:
    _prepare()
    with socket.socket(fileno=int(sys.argv[1])) as end, contextlib.suppress(EOFError, ConnectionError):
        serve(Lines(end))


def _prepare() -> None:
    warnings.simplefilter("ignore")  # they are about damaged pictures, and nobody reads them here
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the server ends this process itself
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with contextlib.suppress(OSError):  # where memory runs out, the system ends this process before the server
        Path("/proc/self/oom_score_adj").write_text(FIRST_VICTIM)
    load_plugins()
    with contextlib.suppress(ImportError):
        from PIL import AvifImagePlugin

        AvifImagePlugin.DEFAULT_MAX_THREADS = 1


def serve(lines: Lines) -> None:
    """Say that the process is ready, and answer one task after another until the socket is closed."""
    lines.end.sendall(b"\n")
    while True:
        task, files = lines.receive_task()
        signal.alarm(task.max_s + SLACK_S)
        answer = answer_task(task, files)
        signal.alarm(0)
        lines.send(answer)
        _release_memory()


def answer_task(task: Task, files: list[int]) -> Answer:
    """Answer a task. `files` are the picture, and for `CutViews` what the result is written to; they get closed."""
    try:
        with contextlib.ExitStack() as stack:
            for file in files:
                stack.callback(os.close, file)
            data = _read_picture(task, files[0])
            stack.enter_context(limit_memory(task.max_bytes + _count_canvas_bytes(task, data)))
            if isinstance(task, DrawPreview):
                return _draw_preview(task, data, files[1])
            return _cut(task, data, files[1]) if isinstance(task, CutViews) else _read_header(task, data)
    except ImageError as error:
        return Refused(error.reason, str(error))
    except MemoryError:
        return Refused("memory", NO_MEMORY)


def _read_picture(task: Task, file: int) -> bytes:
    with mmap.mmap(file, task.num_bytes, access=mmap.ACCESS_READ) as mapped, memoryview(mapped) as content:
        return decode_base64(content) if task.is_base64 else bytes(content)


def _count_canvas_bytes(task: Task, data: bytes) -> int:
    """Return what a WebP's decoder reserves when it is opened, and does not use before a pixel is decoded."""
    width, height = read_webp_size(data) or (0, 0)
    return WEBP_CANVAS_BYTES * min(width * height, task.max_pixels)


def _read_header(task: Task, data: bytes) -> Answer:
    limits = SizeLimits(task.max_pixels, task.max_ratio)
    header = read_header(data, limits, lambda size: _find_needed(task.lay_out(size)))
    return HeaderRead(header.media_type, header.size, header.num_bytes, hashlib.sha256(data).digest())


def _cut(task: CutViews, data: bytes, file: int) -> Answer:
    layout = task.lay_out(task.size)
    pixels = decode_pixels(data, SizeLimits(task.max_pixels, task.max_ratio), _find_needed(layout))
    if pixels.full_size != task.size:
        raise ImageError("the picture has another size than its header says", "damaged")
    scaled = scale(pixels.to_rgb(), layout)
    with mmap.mmap(file, layout.num_bytes) as mapped:
        for patches in scaled.cut():
            mapped.write(patches.data)
    return ViewsCut(scaled.digest)


def _draw_preview(task: DrawPreview, data: bytes, file: int) -> Answer:
    side = (task.max_side, task.max_side)
    image = decode_pixels(data, SizeLimits(task.max_pixels, task.max_ratio), side).to_rgb()
    image.thumbnail(side)
    drawn = io.BytesIO()
    image.save(drawn, "JPEG", quality=PREVIEW_QUALITY)
    with mmap.mmap(file, task.num_output_bytes) as mapped:
        mapped.write(drawn.getbuffer())
    return PreviewDrawn(len(drawn.getbuffer()))


def _find_needed(layout: Layout) -> Size:
    """Return the largest size that the picture is scaled to."""
    return max(width for width, _ in layout.scaled_sizes), max(height for _, height in layout.scaled_sizes)


@contextlib.contextmanager
def limit_memory(num_bytes: int) -> Iterator[None]:
    """Let the process take no more than `num_bytes` beyond what it has, where the system can refuse the rest."""
    soft, hard = resource.getrlimit(resource.RLIMIT_DATA)
    with contextlib.suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_DATA, (_read_used_bytes() + num_bytes + SLACK_BYTES, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_DATA, (soft, hard))


def _read_used_bytes() -> int:
    """Return the memory of this process that its limit counts. Raises `OSError` where that is not known."""
    return int(Path("/proc/self/statm").read_text().split()[5]) * mmap.PAGESIZE


def _release_memory() -> None:
    """Give what the last picture took back to the system, where the C library can do that."""
    with contextlib.suppress(AttributeError, OSError):
        ctypes.CDLL(None).malloc_trim(0)


if __name__ == "__main__":
    main()
