"""Reading the chosen frames of a clip: decoding begins at the frame before each that needs no other one."""

import time
from collections.abc import Iterator, Sequence
from itertools import chain
from typing import TYPE_CHECKING, BinaryIO

from server.library.readers.protocol import Refused
from server.library.readers.records import Opened, Page, Refusal
from server.library.readers.video.container import choose_stream, open_container, tolerate_damage
from server.library.readers.video.drawing import draw_frame
from server.library.readers.video.records import FEW_FRAMES, FEW_FRAMES_SLICES, ClipFrame, ClipTask, FrameRead, Reason
from server.library.readers.video.sampling import choose_frames, spread_evenly
from server.library.readers.video.timeline import Timeline, read_timeline

if TYPE_CHECKING:
    from av.container import InputContainer
    from av.packet import Packet
    from av.video.frame import VideoFrame
    from av.video.stream import VideoStream

SEEKABLE = ("mov", "matroska", "asf", "flv")
"""Containers with an index of the frames that decoding can begin at. In the others it goes from the beginning."""

UNORDERED = "avi"
"""A container that numbers frames as they are stored: those that were reordered have each other's times."""

HURRY_SHARE = 0.6
"""After this share of the time, frames that need others are replaced by those before them that need none."""


class VideoReader:
    """A clip that is open. It has no pages: its chosen frames are read one after another."""

    opened = Opened("video")

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._frames: Iterator[FrameRead] | None = None

    def read_frame(self, task: ClipTask) -> FrameRead:
        """Return the next frame; the first call chooses the frames. Raises `Refused`."""
        if self._frames is None:
            self._frames = read_frames(self._file, task)
        return next(self._frames, FrameRead())

    def read_pages(self, first: int) -> Iterator[Page]:  # noqa: ARG002
        """Raises `Refused`."""
        raise Refused(Refusal("unknown_kind"))

    def close(self) -> None:
        self._frames = None


def read_frames(file: BinaryIO, task: ClipTask) -> Iterator[FrameRead]:
    """Yield the chosen frames of a clip, and at the end why there are not more. Raises `Refused`."""
    began_s = time.monotonic()
    with open_container(file) as container:
        timeline = read_timeline(container, choose_stream(container), began_s + task.max_s)
    chosen = choose_frames(timeline.times_s, timeline.duration_s)
    wanted = [timeline.times[index] for index in spread_evenly(chosen, task.max_frames)]
    num_read = 0
    with open_container(file) as container:
        decoder = FrameDecoder(container, choose_stream(container), timeline, began_s, task)
        for num_read, frame in enumerate(decoder.decode(wanted), 1):  # noqa: B007
            yield FrameRead(frame)
    if not num_read:
        raise Refused(Refusal("no_frames"))
    yield FrameRead(None, round(timeline.duration_s, 3), decoder.explain(num_read, len(wanted), len(chosen)))


class FrameDecoder:
    """Decodes the frames of a stream at wanted times, and draws them, for `task.max_s` from `began_s` at most."""

    def __init__(
        self, container: "InputContainer", stream: "VideoStream", timeline: Timeline, began_s: float, task: ClipTask
    ) -> None:
        self._container = container
        self._stream = stream
        self._timeline = timeline
        self._began_s = began_s
        self._task = task
        self._can_seek = container.format.name in SEEKABLE
        self._is_late = False
        self._is_damaged = False
        self._max_pixels = task.max_frame_pixels
        self._queue: list[int] = []
        self._last = timeline.times[0] - 1

    def decode(self, wanted: Sequence[int]) -> Iterator[ClipFrame]:
        """Yield the frames at these times, which rise, or the next ones where they cannot be decoded."""
        if len(wanted) <= FEW_FRAMES:
            self._max_pixels *= FEW_FRAMES_SLICES
        self._queue = list(reversed(wanted))
        for when, frame in self._count(self._decode_packets()):
            if when < self._queue[-1]:
                continue
            while self._queue and self._queue[-1] <= when:
                self._queue.pop()
            self._last = when
            yield self._draw(frame, when)
            if not self._queue:
                return

    def explain(self, num_read: int, num_wanted: int, num_chosen: int) -> Reason | None:
        """Return why there is not one frame a second."""
        if self._is_late:
            return "time"
        if self._timeline.is_damaged or self._is_damaged or num_read < num_wanted:
            return "damaged"
        return "limit" if num_wanted < num_chosen else None

    def _count(self, frames: "Iterator[VideoFrame]") -> "Iterator[tuple[int, VideoFrame]]":
        """Yield frames with their times."""
        is_unordered, times = self._container.format.name == UNORDERED, iter(self._timeline.times)
        for frame in frames:
            when = next(times, None) if is_unordered else frame.pts
            if when is not None:
                yield when, frame

    def _decode_packets(self) -> "Iterator[VideoFrame]":
        """Yield frames, among them those that are wanted. Of the others as many are skipped as can be."""
        packets = self._read_packets()
        while (packet := self._read_next(packets)) is not None:
            with tolerate_damage() as errors:  # the next frame that needs no other is whole again
                yield from packet.decode()
            if any(isinstance(error, MemoryError) for error in errors):
                raise MemoryError
            self._is_damaged |= bool(errors)

    def _read_next(self, packets: "Iterator[Packet[VideoStream]]") -> "Packet[VideoStream] | None":
        packet = None
        with tolerate_damage() as errors:  # packets that are too large for the memory as well: their sizes are wrong
            packet = next(packets, None)
        self._is_damaged |= bool(errors)
        return packet

    def _read_packets(self) -> "Iterator[Packet[VideoStream]]":
        """Yield the packets that are needed for the wanted frames, until there are no more of these."""
        packets, fed, needed = self._container.demux(self._stream), self._timeline.times[0], set(self._queue)
        while self._queue and not self._is_over():
            if self._can_seek and (key := self._find_start()) > fed:
                needed.add(key)
                packets, fed = self._seek(key), key
            packet = next(packets, None)
            if packet is None or not self._queue:
                return
            fed = max(fed, packet.pts or 0)
            if self._can_seek:  # elsewhere frames may be known by their number alone
                self._stream.codec_context.skip_frame = "DEFAULT" if packet.pts in needed else "NONREF"
            yield packet

    def _seek(self, key: int) -> "Iterator[Packet[VideoStream]]":
        """Return the packets from the frame at `key` on, or from the beginning where the index of the file is wrong."""
        self._container.seek(key, stream=self._stream)
        packets = self._container.demux(self._stream)
        first = next(packets, None)
        if first is not None and first.pts is not None and first.pts <= key:
            return chain([first], packets)
        self._can_seek = False
        self._stream.codec_context.skip_frame = "DEFAULT"
        self._container.seek(self._timeline.times[0], stream=self._stream)
        return self._container.demux(self._stream)

    def _find_start(self) -> int:
        """Return where decoding has to begin for the next wanted frame. In a hurry it is that frame."""
        key = self._timeline.find_key(self._queue[-1])
        while self._is_hurried and key <= self._last and len(self._queue) > 1:
            self._queue.pop()
            self._is_late = True
            key = self._timeline.find_key(self._queue[-1])
        if self._is_hurried and key > self._last:
            self._queue[-1] = key
        return key

    def _draw(self, frame: "VideoFrame", when: int) -> ClipFrame:
        aspect = float(self._stream.sample_aspect_ratio or 1)
        data, (width, height) = draw_frame(frame, aspect, self._max_pixels)
        time_s = round((when - self._timeline.times[0]) * self._timeline.unit_s, 3)
        return ClipFrame(time_s, width, height, data)

    @property
    def _is_hurried(self) -> bool:
        return time.monotonic() - self._began_s > self._task.max_s * HURRY_SHARE

    def _is_over(self) -> bool:
        is_over = time.monotonic() - self._began_s > self._task.max_s
        self._is_late |= is_over
        return is_over
