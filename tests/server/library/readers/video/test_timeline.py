"""Times of frames from packets alone."""

import io
import math
import time

import pytest

from server.library.readers.protocol import Refused
from server.library.readers.video import timeline
from server.library.readers.video.container import choose_stream, open_container
from server.library.readers.video.timeline import Timeline, read_timeline
from tests.helpers.clips import make_clip


def read(data: bytes, ends_s: float = math.inf) -> Timeline:
    with open_container(io.BytesIO(data)) as container:
        return read_timeline(container, choose_stream(container), ends_s)


def test_times_rise_whatever_the_order_of_decoding() -> None:
    found = read(make_clip(60, 30, options={"bf": "3", "g": "30"}))
    assert found.times_s == pytest.approx([i / 30 for i in range(60)])
    assert found.duration_s == pytest.approx(2)
    assert len(found.keys) == 2
    assert not found.is_damaged


def test_varying_times() -> None:
    times = [0.0, 0.1, 2.0, 2.04, 7.5]
    found = read(make_clip(5, times=times, container="matroska"))
    assert found.times_s == pytest.approx(times, abs=0.001)


def test_a_recording_without_a_duration() -> None:
    found = read(make_clip(60, 30, container="webm", codec="libvpx", container_options={"live": "1"}))
    assert found.duration_s == pytest.approx(2, abs=0.01)
    assert not found.is_damaged


def test_decoding_begins_at_the_last_key_before_a_frame() -> None:
    found = read(make_clip(60, 30, options={"g": "30", "bf": "0"}))
    first, second = found.keys
    assert found.find_key(first) == found.find_key(second - 1) == first
    assert found.find_key(second) == found.find_key(found.times[-1]) == second
    assert found.find_key(first - 1) == found.times[0]


@pytest.mark.parametrize("container", ["matroska", "flv", "avi"])
def test_a_file_that_is_cut_off_is_damaged(container: str) -> None:
    data = make_clip(300, 30, container=container)
    assert not read(data).is_damaged
    found = read(data[: len(data) * 2 // 3])
    assert found.is_damaged
    assert 2 < found.duration_s < 9


def test_a_file_without_any_frame_is_refused() -> None:
    with pytest.raises(Refused, match="no_frames"):
        read(make_clip(2, container="matroska")[:700])


def test_reading_stops_at_its_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    data = make_clip(100)
    monkeypatch.setattr(timeline, "NUM_BETWEEN_CHECKS", 10)
    assert len(read(data, time.monotonic() - 1).times) == 10
    monkeypatch.setattr(timeline, "MAX_PACKETS", 50)
    assert len(read(data).times) == 50
