"""Pictures of every form keep to the memory that their header was said to need, in the processes that decode them."""

from pathlib import Path

import numpy as np
import pytest

from model.errors import ImageError
from model.images import ImageProcessor
from model.pictures.decode import decode_image
from model.pictures.icc_profile import PRIMARIES
from server.turn.image_fetch import PictureFetcher
from server.turn.pictures import Pictures, PictureSource
from tests.helpers.heif_writer import write_grid
from tests.helpers.paths import ROOT
from tests.helpers.picture_files import (
    PROFILES,
    chromaticities,
    gamma,
    open_ink,
    scene_png,
    write_exif,
    write_ink_profile,
)
from tests.helpers.pictures import encode, open_noise
from tests.helpers.tiff_writer import EXTRA_SAMPLES, write_tiff
from tests.helpers.turns import make_limits, make_pool

pytestmark = pytest.mark.anyio

SIZE = (500, 400)
HEIC = ROOT / "tests" / "model" / "pictures" / "heic"


def list_forms() -> dict[str, bytes]:
    noise = open_noise(SIZE)
    deep = np.asarray(open_noise(SIZE, "RGBA"), np.uint16) * 16
    jpeg = encode(noise, "JPEG", progressive=True)
    tile = Path(HEIC / "plain.heic").read_bytes()
    return {
        "profile": encode(noise, "PNG", icc_profile=PROFILES["prophoto"]),
        "gamma": scene_png(2, 8, gamma(100_000), chromaticities(PRIMARIES[9])),
        "alpha on its side": encode(open_noise(SIZE, "RGBA"), "PNG", exif=b"Exif\0\0" + write_exif(5)),
        "ink": encode(open_ink().resize(SIZE), "JPEG", icc_profile=write_ink_profile()),
        "cut off": jpeg[: len(jpeg) // 2],
        "12 bits": write_tiff(deep, 12, 2, tags={EXTRA_SAMPLES: (3, (1,))}),
        "floats": write_tiff(np.asarray(noise, np.float32), 32, 2, is_deflated=True),
        "tiles": write_grid(tile, (96, 64), 6, 7, SIZE, 1),
        "deep": write_grid(Path(HEIC / "deep.heic").read_bytes(), (96, 64), 6, 7, SIZE),
        "avif": encode(noise, "AVIF", speed=10, icc_profile=PROFILES["p3"]),
    }


async def test_every_form_is_decoded_within_its_memory() -> None:
    pool = make_pool()
    pictures = Pictures(pool, ImageProcessor(), make_limits(), PictureFetcher((), 0, 1.0))
    for name, data in list_forms().items():
        planned = await pictures.plan([PictureSource(data)], 1, "")
        views, lease = await pictures.cut(planned, "")
        lease.release()
        (cut,) = views.values()
        expected = ImageProcessor()(decode_image(data), 1)
        assert cut.size == expected.size == planned[0].header.size, name
        assert [view.key for view in cut.views] == [view.key for view in expected.views], name
    await pool.close()


async def test_a_heic_that_pretends_to_be_huge_is_refused_by_its_header() -> None:
    pool = make_pool()
    pictures = Pictures(pool, ImageProcessor(), make_limits(), PictureFetcher((), 0, 1.0))
    data = bytearray((HEIC / "plain.heic").read_bytes())
    place = data.index(b"ispe") + 8
    for side in (20_000, 65_000, 2**31 - 1):
        data[place : place + 8] = side.to_bytes(4, "big") * 2
        with pytest.raises(ImageError):
            await pictures.plan([PictureSource(bytes(data))], None, "")
    await pool.close()
