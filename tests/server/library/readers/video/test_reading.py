"""The frames that are read of clips of all kinds: right ones, at right times, from damaged files too."""

import io
import random
from itertools import chain, repeat
from types import SimpleNamespace
from typing import Any

import pytest

from server.library.readers.protocol import FrameReader, Refused
from server.library.readers.video import reading
from server.library.readers.video.reading import VideoReader, read_frames
from server.library.readers.video.records import ClipFrame, ClipTask, FrameRead
from tests.helpers.clips import make_clip, read_index

GROUPS = {"g": "30", "bf": "3", "preset": "ultrafast"}
KINDS: dict[str, dict[str, Any]] = {
    "mp4": {"options": GROUPS},
    "fragments": {"options": GROUPS, "container_options": {"movflags": "frag_keyframe+empty_moov"}},
    "matroska": {"container": "matroska", "options": GROUPS},
    "live": {"container": "webm", "codec": "libvpx", "options": {"g": "30"}, "container_options": {"live": "1"}},
    "avi": {"container": "avi", "options": GROUPS},
    "mpegts": {"container": "mpegts", "options": GROUPS},
    "flv": {"container": "flv", "options": GROUPS},
    "ogg": {"container": "ogg", "codec": "libvpx", "options": {"g": "30"}},
    "asf": {"container": "asf", "codec": "wmv2", "options": {"g": "30"}},
    "gif": {"container": "gif", "codec": "gif", "pixel_format": "rgb8"},
    "one group": {"options": {"g": "1000", "bf": "3"}},
    "keys alone": {"options": {"g": "1"}},
}


def make_task(max_frames: int = 64, max_s: float = 60) -> ClipTask:
    return ClipTask(max_frames=max_frames, max_s=max_s, max_frame_pixels=100_000)


def read(data: bytes, task: ClipTask | None = None) -> tuple[list[ClipFrame], FrameRead]:
    *frames, last = read_frames(io.BytesIO(data), task or make_task())
    assert last.frame is None
    return [each.frame for each in frames if each.frame is not None], last


@pytest.mark.parametrize("kind", KINDS)
def test_frames_are_those_of_their_times(kind: str) -> None:
    data = make_clip(240, 30, **KINDS[kind])
    frames, last = read(data)
    assert [frame.time_s for frame in frames] == pytest.approx(range(8), abs=0.04)
    assert [read_index(frame.data) for frame in frames] == pytest.approx([(30 * i) % 80 for i in range(8)], abs=1)
    assert last.duration_s == pytest.approx(8, abs=0.1)
    assert last.reason is None


@pytest.mark.parametrize("kind", ["mp4", "matroska", "mpegts", "one group"])
def test_of_a_long_clip_frames_are_taken_evenly(kind: str) -> None:
    frames, last = read(make_clip(600, 10, size=(16, 16), **KINDS[kind]), make_task(10))
    assert [round(frame.time_s) for frame in frames] == [3, 9, 15, 21, 27, 33, 39, 45, 51, 57]
    assert [read_index(frame.data) for frame in frames] == pytest.approx([10 * s % 80 for s in range(3, 60, 6)], abs=1)
    assert last.reason == "limit"
    assert last.duration_s == pytest.approx(60)


def test_a_varying_rate_is_sampled_by_its_times() -> None:
    times = [0.0, 0.2, 0.4, 5.0, 5.1, 5.2, 9.0, 9.5, 10.0]
    frames, _ = read(make_clip(9, times=times, container="matroska"))
    assert [read_index(frame.data) for frame in frames] == [times.index(frame.time_s) for frame in frames]
    assert {0.0, 10.0} < {frame.time_s for frame in frames}
    assert 4 <= len(frames) <= 7


def test_one_frame_is_a_clip() -> None:
    frames, last = read(make_clip(1))
    assert ([frame.time_s for frame in frames], last.reason) == ([0.0], None)


def test_a_clip_of_few_frames_keeps_more_pixels_of_each() -> None:
    few, _ = read(make_clip(3, 1, size=(640, 480)))
    many, _ = read(make_clip(20, 1, size=(640, 480)))
    assert few[0].width * few[0].height == pytest.approx(200_000, rel=0.01)
    assert many[0].width * many[0].height == pytest.approx(100_000, rel=0.01)


@pytest.mark.parametrize("kind", ["fragments", "matroska", "avi", "flv"])
def test_of_a_file_that_is_cut_off_there_are_frames_until_then(kind: str) -> None:
    data = make_clip(300, 30, **KINDS[kind])
    frames, last = read(data[: len(data) * 6 // 10])
    assert 3 <= len(frames) <= 8
    assert [read_index(frame.data) for frame in frames[:3]] == pytest.approx([0, 30, 60], abs=1)
    assert last.reason == "damaged" or kind == "fragments"


def test_a_hole_in_a_file_leaves_the_frames_around_it() -> None:
    data = bytearray(make_clip(300, 30, container="matroska", options=GROUPS))
    data[len(data) * 4 // 10 : len(data) * 6 // 10] = bytes(len(data) * 2 // 10)
    frames, _ = read(bytes(data))
    assert len(frames) >= 5
    assert frames[-1].time_s > 8


@pytest.mark.parametrize("kind", KINDS)
def test_whatever_is_wrong_ends_in_frames_or_a_refusal(kind: str) -> None:
    whole = make_clip(60, 30, **KINDS[kind])
    rng = random.Random(kind)
    for number in range(12):
        data = bytearray(whole)
        for _ in range(4 ** (number % 5)):
            data[rng.randrange(len(data))] = rng.randrange(256)
        try:
            frames, _ = read(bytes(data[: rng.randrange(len(data))] if number % 3 else data))
        except Refused:
            continue
        assert len(frames) <= 64


def test_without_time_there_are_no_frames() -> None:
    with pytest.raises(Refused, match="no_frames"):
        read(make_clip(60), make_task(max_s=-1))


def test_where_time_runs_out_the_frames_so_far_are_left(monkeypatch: pytest.MonkeyPatch) -> None:
    data = make_clip(300, 30, container="mpegts", options=GROUPS)
    times = chain([0.0] * 100, repeat(100.0))
    monkeypatch.setattr(reading, "time", SimpleNamespace(monotonic=lambda: next(times)))
    frames, last = read(data, make_task(max_s=50))
    assert 1 <= len(frames) < 10
    assert last.reason == "time"


def test_in_a_hurry_frames_that_need_no_others_stand_for_the_wanted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "HURRY_SHARE", 0.0)
    frames, last = read(make_clip(300, 30, options={"g": "50", "bf": "3", "sc_threshold": "0"}))
    assert [read_index(frame.data) for frame in frames] == pytest.approx([i * 50 % 80 for i in range(6)], abs=1)
    assert last.reason == "time"


def test_the_reader_gives_a_frame_at_a_time() -> None:
    reader = VideoReader(io.BytesIO(make_clip(60, 30)))
    assert isinstance(reader, FrameReader)
    assert reader.opened.kind == "video"
    answers = [reader.read_frame(make_task()) for _ in range(3)]
    assert [answer.frame and answer.frame.time_s for answer in answers] == [0.0, 1.0, None]
    assert answers[2].duration_s == 2
    with pytest.raises(Refused, match="unknown_kind"):
        reader.read_pages(1)
    reader.close()
