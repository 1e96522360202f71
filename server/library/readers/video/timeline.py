"""When the frames of a clip are shown: all of its packets are read, and none is decoded.

Files say a duration and a rate, but live recordings say none, and damaged files say what is no longer there.
"""

import bisect
import time
from array import array
from dataclasses import dataclass
from typing import TYPE_CHECKING

from server.library.readers.protocol import Refused
from server.library.readers.records import Refusal
from server.library.readers.video.container import tolerate_damage

if TYPE_CHECKING:
    from av.container import InputContainer
    from av.video.stream import VideoStream

MAX_PACKETS = 2_000_000
"""Ten hours at 50 frames a second; the times of more are not kept."""

NUM_BETWEEN_CHECKS = 1000
MICROSECONDS = 1_000_000
DURATION_SAID = ("matroska", "flv")
"""Containers that say how long they are as a whole, and not how long each stream is. For others that is an estimate."""


@dataclass(frozen=True)
class Timeline:
    """The times of all frames, rising, in units of `unit_s` seconds, and those of the frames that decoding begins at.

    `end` is when the last frame ends. `is_damaged` says that more frames were announced, or could not be read.
    """

    times: "array[int]"
    keys: "array[int]"
    end: int
    unit_s: float
    is_damaged: bool = False

    @property
    def times_s(self) -> list[float]:
        """The times in seconds from that of the first frame."""
        first = self.times[0]
        return [(each - first) * self.unit_s for each in self.times]

    @property
    def duration_s(self) -> float:
        return (self.end - self.times[0]) * self.unit_s

    def find_key(self, wanted: int) -> int:
        """Return the time of the last frame, up to that at `wanted`, that decoding can begin at."""
        index = bisect.bisect_right(self.keys, wanted)
        return self.keys[index - 1] if index else self.times[0]


def read_timeline(container: "InputContainer", stream: "VideoStream", ends_s: float) -> Timeline:
    """Read the packets of a stream until `ends_s` of `time.monotonic()`. Raises `Refused` if it has no frames."""
    times, keys, last, length, is_corrupt, last_s = array("q"), array("q"), 0, 0, False, 0.0
    with tolerate_damage() as errors:
        for packet in container.demux():
            when = packet.dts if packet.pts is None else packet.pts
            if when is None or packet.size == 0 or packet.is_discard:
                continue
            last_s = max(last_s, (when + (packet.duration or 0)) * float(packet.time_base))
            if packet.stream_index != stream.index:
                continue
            times.append(when)
            if packet.is_keyframe:
                keys.append(when)
            if when >= last:
                last, length = when, packet.duration or 0
            is_corrupt |= packet.is_corrupt
            if len(times) % NUM_BETWEEN_CHECKS == 0 and (len(times) >= MAX_PACKETS or time.monotonic() > ends_s):
                break
    if not times:
        raise Refused(Refusal("no_frames"))
    times, keys = array("q", sorted(set(times))), array("q", sorted(keys))
    end = times[-1] + (length or _measure_length(times))
    unit_s = float(stream.time_base or 0) or 1.0
    is_short = _is_short(container, stream, (end - times[0]) * unit_s, last_s)
    return Timeline(times, keys, end, unit_s, is_corrupt or bool(errors) or is_short)


def _measure_length(times: "array[int]") -> int:
    """Return how long a frame is shown on average."""
    return (times[-1] - times[0]) // (len(times) - 1) if len(times) > 1 else 1


def _is_short(container: "InputContainer", stream: "VideoStream", length_s: float, last_s: float) -> bool:
    """Whether the file says that it is over a second longer than what is there, up to `last_s` of all streams."""
    if stream.duration is not None and stream.time_base is not None:
        return float(stream.duration * stream.time_base) - length_s > 1
    if container.format.name in DURATION_SAID and container.duration is not None:
        return container.duration / MICROSECONDS - last_s > 1
    return False
