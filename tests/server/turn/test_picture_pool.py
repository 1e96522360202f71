"""The processes that decode pictures: what they refuse, how they end, and how they share memory and turns."""

import asyncio
import io
import os
import signal
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import replace

import psutil  # type: ignore[import-untyped]
import pytest
from msgspec import structs
from PIL import Image

from model.errors import ImageError
from model.images import ImageProcessor
from model.pictures.decode import decode_image
from model.pictures.decode_cost import FIXED_BYTES
from server.errors import PicturesBusy, PicturesTooBig
from server.turn.image_fetch import PictureFetcher
from server.turn.picture_pool import PicturePool
from server.turn.pictures import Pictures, PictureSource, PlannedPicture
from server.turn.turns import TurnLimits
from tests.helpers.children import list_children_with
from tests.helpers.pictures import chunk, encode, open_noise, png, png_base64, write_png
from tests.helpers.turns import make_limits, make_pool

pytestmark = pytest.mark.anyio

MIB = 1 << 20


def make_pictures(pool: PicturePool, limits: TurnLimits | None = None) -> Pictures:
    return Pictures(pool, ImageProcessor(), limits or make_limits(), PictureFetcher((), 0, 1.0))


@pytest.fixture
async def pool() -> AsyncIterator[PicturePool]:
    pool = make_pool()
    yield pool
    await pool.close()


def list_all_children() -> list[psutil.Process]:
    return list_children_with("model.pictures.process")


EARLIER: set[int] = set()


@pytest.fixture(autouse=True)
def leave_out_earlier_processes() -> None:
    """Leave out the processes of other tests' pools, which end when those are collected."""
    EARLIER.clear()
    EARLIER.update(each.pid for each in list_all_children())


def list_children() -> list[psutil.Process]:
    return [each for each in list_all_children() if each.pid not in EARLIER]


async def plan(pictures: Pictures, data: bytes | str, slices: int | None = None) -> PlannedPicture:
    (planned,) = await pictures.plan([PictureSource(data)], slices, "")
    return planned


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "P", "L", "LA", "1", "I;16"])
async def test_views_are_those_of_the_same_picture_in_this_process(pool: PicturePool, mode: str) -> None:
    data = encode(open_noise((700, 900), mode))
    pictures = make_pictures(pool)
    planned = await plan(pictures, data, 4)
    views, lease = await pictures.cut([planned], "")
    (cut,) = views.values()
    expected = ImageProcessor()(decode_image(data), 4)
    assert (cut.grid, cut.size) == (expected.grid, (700, 900))
    for found, wanted in zip(cut.views, expected.views, strict=True):
        assert (found.key, found.box, found.patches.tolist()) == (wanted.key, wanted.box, wanted.patches.tolist())
    assert lease.amount == sum(view.patches.nbytes for view in cut.views)
    lease.release()


@pytest.mark.parametrize("limit", ["ratio", "size"])
async def test_sizes_over_the_limits_are_refused_by_the_header(pool: PicturePool, limit: str) -> None:
    limits = {"ratio": make_limits(max_image_ratio=10), "size": make_limits(max_image_pixels=1000)}[limit]
    with pytest.raises(ImageError, match=r"110 x 10.*limit is") as refused:
        await plan(make_pictures(pool, limits), png((110, 10)))
    assert refused.value.reason == limit


async def test_a_picture_of_fifty_million_pixels_in_one_row_is_refused_at_once(pool: PicturePool) -> None:
    with pytest.raises(ImageError, match="50,000,000 times"):
        await plan(make_pictures(pool), write_png((50_000_000, 1), colour_type=0))


@pytest.mark.parametrize("data", [b"no picture", "??", "", b"", png_base64()[:60], png()[:41]])
async def test_what_is_no_picture_is_refused_and_the_process_goes_on(pool: PicturePool, data: bytes | str) -> None:
    pictures = make_pictures(pool)
    await plan(pictures, png())
    (before,) = list_children()
    with pytest.raises(ImageError) as refused:
        await pictures.cut([await plan(pictures, data)], "")
    assert refused.value.reason in ("base64", "empty", "format", "damaged")
    assert list_children() == [before]


async def test_an_orientation_behind_the_pixels_is_read_with_the_header(pool: PicturePool) -> None:
    exif = b"II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\0\0\0\0"
    pictures = make_pictures(pool)
    planned = await plan(pictures, write_png((60, 40), behind=chunk(b"eXIf", exif)))
    assert planned.header.size == (40, 60)
    views, lease = await pictures.cut([planned], "")
    lease.release()
    assert [cut.size for cut in views.values()] == [(40, 60)]


async def test_a_picture_that_takes_too_long_ends_its_process_and_no_other_request(pool: PicturePool) -> None:
    pictures = make_pictures(pool)
    planned = await plan(pictures, png())
    (child,) = list_children()
    child.suspend()
    slow = replace(planned, task=structs.replace(planned.task, max_s=1))
    with pytest.raises(ImageError, match="longer than 1 second") as refused:
        await pictures.cut([slow], "")
    assert refused.value.reason == "slow"
    assert list_children() == []
    (await pictures.cut([planned], ""))[1].release()


async def test_a_process_that_is_killed_fails_its_own_picture_only(pool: PicturePool) -> None:
    pictures = make_pictures(pool)
    planned = await plan(pictures, png())
    (child,) = list_children()
    child.suspend()
    asked = asyncio.create_task(pictures.cut([planned], ""))
    await asyncio.sleep(0.1)
    os.kill(child.pid, signal.SIGKILL)
    with pytest.raises(ImageError, match="signal 9") as refused:
        await asked
    assert refused.value.reason == "crash"
    (await pictures.cut([planned], ""))[1].release()


async def test_a_header_is_read_again_where_the_process_was_killed(pool: PicturePool) -> None:
    pictures = make_pictures(pool)
    await plan(pictures, png())
    (child,) = list_children()
    child.suspend()
    asked = asyncio.create_task(plan(pictures, png()))
    await asyncio.sleep(0.1)
    os.kill(child.pid, signal.SIGKILL)
    assert (await asked).header.size == (8, 8)
    assert child.pid not in [each.pid for each in list_children()]


async def test_a_process_that_ended_while_it_was_idle_is_replaced(pool: PicturePool) -> None:
    pictures = make_pictures(pool)
    await plan(pictures, png())
    (child,) = list_children()
    os.kill(child.pid, signal.SIGKILL)
    with suppress(psutil.TimeoutExpired):
        child.wait(1)
    assert (await plan(pictures, png())).header.size == (8, 8)


async def test_a_large_webp_may_be_opened(pool: PicturePool) -> None:
    pictures = make_pictures(pool)
    planned = await plan(pictures, encode(Image.new("RGB", (2900, 2900)), "WEBP", quality=1, method=0))
    (await pictures.cut([planned], ""))[1].release()
    forged = bytearray(encode(open_noise((20, 20), "RGBA"), "WEBP", icc_profile=b"any profile"))
    assert forged[12:16] == b"VP8X"
    forged[24:30] = b"\xfe\x3f\0\xfe\x3f\0"
    with pytest.raises(ImageError, match="16383 x 16383"):
        await plan(pictures, bytes(forged))


async def test_a_picture_gets_no_more_memory_than_was_reserved(pool: PicturePool) -> None:
    pictures = make_pictures(pool)
    planned = await plan(pictures, write_png((4000, 4000)))
    assert planned.task.max_bytes > 4 * 4000 * 4000
    with pytest.raises(ImageError, match="more memory than its header says") as refused:
        await pictures.cut([replace(planned, task=structs.replace(planned.task, max_bytes=MIB))], "")
    assert refused.value.reason == "memory"
    (await pictures.cut([planned], ""))[1].release()


async def test_more_than_all_memory_is_refused_with_both_sizes() -> None:
    pool = make_pool(memory_bytes=20 * MIB)
    planned = await plan(make_pictures(pool), write_png((3000, 3000)))
    with pytest.raises(PicturesTooBig, match=r"takes [\d,]{10,} bytes of memory, the limit is 20,971,520"):
        await make_pictures(pool).cut([planned], "")
    await pool.close()


async def test_memory_is_waited_for_and_given_back() -> None:
    pool = make_pool(memory_bytes=FIXED_BYTES + 10 * MIB, max_wait_s=0.2)
    pictures = make_pictures(pool)
    planned = [await plan(pictures, png((448, 448))), await plan(pictures, png((440, 448)))]
    _, first = await pictures.cut(planned[:1], "")
    _, second = await pictures.cut(planned[1:], "")
    held = await pool.reserve(9 * MIB, "other")
    with pytest.raises(PicturesBusy, match=r"no room for 0\.2 s") as refused:
        await pictures.cut(planned, "")
    assert refused.value.headers == {"Retry-After": "2"}
    for lease in (first, second, held):
        lease.release()
    (await pictures.cut(planned, ""))[1].release()
    await pool.close()


async def test_previews_share_the_memory_and_give_it_back() -> None:
    pool = make_pool(memory_bytes=FIXED_BYTES + 10 * MIB, max_wait_s=0.2)
    pictures = make_pictures(pool)
    source = PictureSource(png((448, 224)))
    with await pool.reserve(9 * MIB + FIXED_BYTES, "other"), pytest.raises(PicturesBusy):
        await pictures.draw_preview(source, 100, "")
    for _ in range(3):
        with Image.open(io.BytesIO(await pictures.draw_preview(source, 100, ""))) as drawn:
            assert (drawn.format, drawn.size) == ("JPEG", (100, 50))
    with pytest.raises(PicturesTooBig):
        await pictures.draw_preview(PictureSource(write_png((3000, 3000))), 100, "")
    (await pool.reserve(FIXED_BYTES + 10 * MIB, "all of it")).release()
    await pool.close()


async def test_a_preview_never_outgrows_its_place(pool: PicturePool) -> None:
    """Noise is the largest JPEG, and one pixel has a header all the same."""
    for size in ((300, 300), (1, 1)):
        noise = PictureSource(encode(open_noise(size)))
        with Image.open(io.BytesIO(await make_pictures(pool).draw_preview(noise, size[0], ""))) as drawn:
            assert drawn.size == size


async def test_a_request_that_is_cancelled_ends_its_process_and_frees_its_memory(pool: PicturePool) -> None:
    pictures = make_pictures(pool)
    planned = await plan(pictures, png())
    (child,) = list_children()
    child.suspend()
    asked = asyncio.create_task(pictures.cut([planned], ""))
    await asyncio.sleep(0.1)
    asked.cancel()
    with suppress(asyncio.CancelledError):
        await asked
    (await pool.reserve(200 * MIB, "")).release()
    assert list_children() == []


async def test_processes_start_when_they_are_needed_and_end_with_the_pool() -> None:
    pool = make_pool(num_workers=2)
    assert list_children() == []
    pictures = make_pictures(pool)
    await plan(pictures, png())
    assert len(list_children()) == 1
    await asyncio.gather(*(plan(pictures, png()) for _ in range(4)))
    assert len(list_children()) == 2
    await pool.close()
    assert list_children() == []
