"""Opening a clip: only real containers and well-known codecs, and no file but the given one.

FFmpeg also has formats that are lists of other files or addresses (HLS, concat, SDP). So the container is found by its
first bytes here and FFmpeg is told which it is, it has no protocols, and opening anything else is refused.
"""

import io
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, BinaryIO, NoReturn

from server.library.readers.protocol import Refused
from server.library.readers.records import Refusal

if TYPE_CHECKING:
    from av.container import InputContainer
    from av.video.stream import VideoStream

HEAD_BYTES = 1024
TS_PACKETS = ((0, 188), (4, 192), (0, 204))
"""Where the sync byte of MPEG transport streams first is, and how far it is from one packet to the next."""

MAGIC = {
    b"\x1a\x45\xdf\xa3": "matroska",
    b"FLV\x01": "flv",
    b"OggS": "ogg",
    b"GIF87a": "gif",
    b"GIF89a": "gif",
    b"\x00\x00\x01\xba": "mpeg",
    b"\x30\x26\xb2\x75\x8e\x66\xcf\x11": "asf",
}
MOV_BOXES = frozenset({b"ftyp", b"moov", b"mdat", b"free", b"skip", b"wide", b"pnot"})

CODECS = frozenset(
    {
        "h264",
        "hevc",
        "av1",
        "libdav1d",
        "vp8",
        "vp9",
        "libvpx",
        "libvpx-vp9",
        "mpeg4",
        "msmpeg4",
        "msmpeg4v1",
        "msmpeg4v2",
        "msmpeg4v3",
        "mpeg1video",
        "mpeg2video",
        "h261",
        "h263",
        "h263p",
        "flv",
        "mjpeg",
        "theora",
        "wmv1",
        "wmv2",
        "wmv3",
        "vc1",
        "prores",
        "dnxhd",
        "ffv1",
        "huffyuv",
        "ffvhuff",
        "rawvideo",
        "png",
        "gif",
    }
)
"""The decoders that files may ask for: those of formats in use. The others are old and little tested."""

MAX_PIXELS = 8192 * 4352
"""The largest frame that is decoded: a decoder keeps several."""


def find_container(head: bytes) -> str | None:
    """Return FFmpeg's name of the container of a file that begins so, or None for anything else."""
    for magic, name in MAGIC.items():
        if head.startswith(magic):
            return name
    if head[4:8] in MOV_BOXES:
        return "mov"
    if head[:4] == b"RIFF" and head[8:12] == b"AVI ":
        return "avi"
    return "mpegts" if _is_transport_stream(head) else None


def _is_transport_stream(head: bytes) -> bool:
    return any(
        len(head) > start + 2 * step and all(head[start + i * step] == 0x47 for i in range(3))
        for start, step in TS_PACKETS
    )


@contextmanager
def open_container(file: BinaryIO) -> "Iterator[InputContainer]":
    """Open a file as a clip, and close it in the end. Raises `Refused`."""
    try:
        import av  # an extra, and only needed in the process that decodes
    except ImportError as error:
        raise Refused(Refusal("video_not_installed")) from error
    file.seek(0)
    name = find_container(file.read(HEAD_BYTES))
    num_bytes = file.seek(0, os.SEEK_END)
    file.seek(0)
    if name is None:
        raise Refused(Refusal("unknown_video" if num_bytes else "empty"))
    av.logging.set_level(None)
    options = {"protocol_whitelist": "none", "format_whitelist": name, "codec_whitelist": ",".join(sorted(CODECS))}
    if name == "mov":  # FFmpeg compares with all names of a format
        options["format_whitelist"] = "mov,mp4,m4a,3gp,3g2,mj2"
    elif name == "matroska":
        options["format_whitelist"] = "matroska,webm"
    try:
        container = av.open(file, "r", name, container_options=options, metadata_errors="replace", io_open=_refuse_io)
    except (av.FFmpegError, ValueError) as error:
        raise Refused(Refusal("broken", {"cause": describe_error(error)})) from error
    with container:
        yield container


def _refuse_io(*_: object) -> NoReturn:
    raise io.UnsupportedOperation("a clip is one file")


def choose_stream(container: "InputContainer") -> "VideoStream":
    """Return the stream with the pictures, ready to be decoded by one thread. Raises `Refused` if there is none."""
    from av.stream import Disposition

    if not container.streams:  # such as where the index at the end of the file is cut off
        raise Refused(Refusal("broken", {"cause": "it has no streams"}))
    streams = [each for each in container.streams.video if not each.disposition & Disposition.attached_pic]
    if not streams:
        raise Refused(Refusal("no_video"))
    stream = next((each for each in streams if each.disposition & Disposition.default), streams[0])
    codec = stream.codec_context
    if codec is None or codec.name not in CODECS:
        raise Refused(Refusal("unknown_codec", {"codec": codec.name if codec else "?"}))
    if codec.width * codec.height > MAX_PIXELS:
        raise Refused(Refusal("video_too_large", {"width": codec.width, "height": codec.height, "limit": MAX_PIXELS}))
    codec.thread_count = 1
    codec.thread_type = "NONE"
    return stream


@contextmanager
def tolerate_damage() -> Iterator[list[Exception]]:
    """Keep what goes wrong within a damaged file in the list that this gives, and go on after the block."""
    from av import FFmpegError

    errors: list[Exception] = []
    try:
        yield errors
    except (FFmpegError, LookupError, ValueError) as error:  # streams that come and go are a LookupError of PyAV's
        errors.append(error)


def describe_error(error: Exception) -> str:
    """Return FFmpeg's own words for what is wrong with a file."""
    return str(getattr(error, "strerror", None) or error)
