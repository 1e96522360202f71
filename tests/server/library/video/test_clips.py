"""Clips from what a request holds to their frames, in a process of their own."""

import asyncio
import base64
from collections.abc import AsyncIterator, Callable
from dataclasses import replace

import pytest

from server.engine.async_engine import AsyncEngine
from server.errors import ClipRefused, ImageNotFetched, TooManyImages
from server.library.processes import ReadingLimits, ReadingProcesses
from server.library.video.clips import ClipLimits, Clips
from server.settings.settings import Settings
from server.turn.image_fetch import PictureFetcher
from server.turn.pictures import PictureSource
from server.turn.turn import Turn, TurnMessage
from tests.helpers.clips import make_clip, read_index
from tests.helpers.fakes import FakeChatModel
from tests.helpers.turns import make_limits, make_turns, question

pytestmark = pytest.mark.anyio

LIMITS = ClipLimits(max_bytes=10**6, max_frames=64, max_s=30)
Make = Callable[..., Clips]


class FixedFetcher(PictureFetcher):
    """Has one clip, whatever the URL."""

    async def fetch(self, url: str) -> bytes:
        if "missing" in url:
            raise ImageNotFetched("the host cannot be reached")
        return make_clip(60)


@pytest.fixture
async def make() -> AsyncIterator[Make]:
    opened: list[Clips] = []
    engine = AsyncEngine(FakeChatModel(max_tokens=8), {})

    def build(limits: ClipLimits = LIMITS, **turn_limits: int) -> Clips:
        reading = ReadingProcesses(replace(ReadingLimits.from_settings(Settings()), max_wait_s=20))
        turns = make_turns(engine, make_limits(max_new_tokens=100, **turn_limits))
        opened.append(Clips(reading, turns, FixedFetcher((), 0, 1), limits))
        return opened[-1]

    yield build
    for clips in opened:
        await clips.close()
    await engine.close()


def encode(data: bytes) -> str:
    return base64.b64encode(data).decode()


async def refusal_of(clips: Clips, *sources: str) -> tuple[str | None, int]:
    with pytest.raises(ClipRefused) as caught:
        await clips.prepare(sources, question("what?"))
    assert caught.value.param == "video"
    assert caught.value.texts["en"] != caught.value.texts["zh"]
    return caught.value.code, caught.value.status


async def test_a_clip_becomes_frames(make: Make) -> None:
    for source in (encode(make_clip(90)), f"data:video/mp4;base64,{encode(make_clip(90))}"):
        (clip,) = await make().prepare([source], question("what?"))
        assert (clip.times_s, clip.duration_s, clip.reason) == ([0.0, 1.0, 2.0], 3.0, None)
        assert [read_index(frame.data) for frame in clip.frames] == pytest.approx([0, 30, 60], abs=1)
        assert clip.max_slice_nums == 2


async def test_a_clip_behind_a_url_is_fetched(make: Make) -> None:
    (clip,) = await make().prepare(["https://example.com/a.mp4"], question("what?"))
    assert clip.num_frames == 2
    assert await refusal_of(make(), "https://example.com/missing.mp4") == ("not_fetched", 400)


async def test_clips_share_frames_and_time(make: Make) -> None:
    clips = await make(replace(LIMITS, max_frames=6)).prepare([encode(make_clip(300))] * 2, question("what?"))
    assert [(clip.num_frames, clip.reason) for clip in clips] == [(3, "limit"), (3, "limit")]
    source = encode(make_clip(3))
    assert await refusal_of(make(replace(LIMITS, max_frames=1)), source, source) == ("too_many_clips", 413)


async def test_fewer_frames_where_the_prompt_has_no_room(make: Make) -> None:
    clips = make(max_inp_length=256 + 60 + 4 * 67)
    (clip,) = await clips.prepare([encode(make_clip(300))], question("what?"))
    assert (clip.num_frames, clip.reason, clip.max_slice_nums) == (4, "budget", 2)
    assert await refusal_of(make(max_inp_length=300), encode(make_clip(3))) == ("no_room_for_frames", 413)


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"#EXTM3U\nfile:///etc/passwd\n", ("unknown_video", 415)),
        (b"\0\0\0\x18ftypmp42" + bytes(50), ("broken", 400)),
        (b"x" * (10**6 + 1), ("video_too_long", 413)),
    ],
)
async def test_what_cannot_be_decoded_is_refused(make: Make, data: bytes, expected: tuple[str, int]) -> None:
    assert await refusal_of(make(), encode(data)) == expected


@pytest.mark.parametrize("source", ["file:///etc/passwd", "/etc/passwd.mp4", "ftp://example.com/a.mp4", "not base64!"])
async def test_what_is_no_data_is_refused(make: Make, source: str) -> None:
    assert await refusal_of(make(), source) == ("no_base64", 400)


async def test_a_turn_that_is_refused_decodes_nothing(make: Make) -> None:
    turn = Turn((TurnMessage("user", (*[PictureSource(b"")] * 3, "what?")),))
    with pytest.raises(TooManyImages):
        await make(max_images=2).prepare(["not read"], turn)


async def test_nothing_to_do_without_clips(make: Make) -> None:
    assert await make().prepare([], question("what?")) == []


async def test_who_leaves_ends_the_decoding(make: Make) -> None:
    clips = make()
    decoding = asyncio.ensure_future(clips.prepare([encode(make_clip(600))], question("what?")))
    await asyncio.sleep(0)
    decoding.cancel()
    with pytest.raises(asyncio.CancelledError):
        await decoding
    assert len(await clips.prepare([encode(make_clip(30))], question("what?"))) == 1
