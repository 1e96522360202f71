"""The estimate of each format is an upper bound of what decoding it takes, measured in a process of its own."""

import json
import subprocess
import sys
from typing import Any

import numpy as np
import pytest

from tests.helpers.heif_writer import write_grid
from tests.helpers.paths import ROOT
from tests.helpers.picture_files import PROFILES, write_exif, write_ink_profile
from tests.helpers.pictures import encode, open_noise
from tests.helpers.tiff_writer import write_tiff

SIDE = 1600
"""Large enough that what is left over of each picture outweighs the fixed part, and small enough to be quick."""

MEASURE = """
import json, sys
from model.pictures.decode import SizeLimits, decode_pixels, load_plugins, read_header
from model.pictures.decode_cost import FIXED_BYTES
from PIL import AvifImagePlugin

def read_peak(key="VmHWM"):
    return next(int(line.split()[1]) * 1024 for line in open("/proc/self/status") if line.startswith(key))

AvifImagePlugin.DEFAULT_MAX_THREADS = 1
load_plugins()
data = sys.stdin.buffer.read()
estimate = read_header(data, SizeLimits(), lambda size: size).num_bytes
open("/proc/self/clear_refs", "w").write("5")
before = read_peak("VmRSS")
pixels = decode_pixels(data, SizeLimits())
pixels.to_rgb()
print(json.dumps([read_peak() - before, estimate + len(data), FIXED_BYTES]))
"""

CASES: list[Any] = [
    ("RGB", "PNG", {"compress_level": 1}),
    ("RGBA", "PNG", {"compress_level": 1}),
    ("P", "PNG", {"compress_level": 1}),
    ("I;16", "PNG", {"compress_level": 1}),
    ("RGB", "JPEG", {}),
    ("CMYK", "JPEG", {}),
    ("RGB", "JPEG", {"progressive": True, "subsampling": 0}),
    ("L", "JPEG", {"progressive": True}),
    ("RGB", "WEBP", {}),
    ("RGBA", "WEBP", {"lossless": True, "method": 0}),
    ("P", "GIF", {}),
    ("RGB", "BMP", {}),
    ("RGB", "PPM", {}),
    ("I", "PPM", {}),
    ("RGB", "TGA", {"compression": "tga_rle"}),
    ("RGB", "TIFF", {"compression": "tiff_lzw"}),
    ("RGB", "TIFF", {"compression": "tiff_lzw", "strip_size": 1 << 30}),
    ("RGB", "TIFF", {"compression": "jpeg"}),
    ("RGB", "TIFF", {"tiffinfo": {274: 6}}),
    ("F", "TIFF", {}),
    ("RGB", "AVIF", {"speed": 10, "subsampling": "4:4:4"}),
    ("RGBA", "AVIF", {"speed": 10}),
    ("L", "JPEG2000", {}),
    pytest.param("RGB", "JPEG2000", {}, marks=pytest.mark.slow),
    pytest.param("RGBA", "JPEG2000", {}, marks=pytest.mark.slow),
    ("RGB", "PNG", {"compress_level": 1, "icc_profile": PROFILES["p3"]}),
    ("RGBA", "PNG", {"compress_level": 1, "icc_profile": PROFILES["p3"], "exif": b"Exif\0\0" + write_exif(6)}),
    ("CMYK", "JPEG", {"icc_profile": write_ink_profile()}),
    ("RGB", "WEBP", {"icc_profile": PROFILES["adobe"]}),
]


def measure(data: bytes) -> tuple[int, int, int]:
    """Return the peak of decoding a picture, its estimate with the file once more, and the fixed part, in bytes."""
    settings = {"MALLOC_MMAP_THRESHOLD_": "131072", "OMP_NUM_THREADS": "1", "PYTHONPATH": str(ROOT)}
    done = subprocess.run([sys.executable, "-c", MEASURE], input=data, env=settings, stdout=subprocess.PIPE, check=True)
    peak, estimate, fixed = json.loads(done.stdout)
    return peak, estimate, fixed


@pytest.mark.skipif(sys.platform != "linux", reason="the peak is read from /proc")
@pytest.mark.parametrize(("mode", "file_format", "options"), CASES)
def test_an_estimate_is_an_upper_bound(mode: str, file_format: str, options: dict[str, Any]) -> None:
    peak, estimate, fixed = measure(encode(open_noise((SIDE, SIDE)).convert(mode), file_format, **options))
    assert peak < estimate < 3 * peak + fixed


@pytest.mark.skipif(sys.platform != "linux", reason="the peak is read from /proc")
@pytest.mark.parametrize(
    "file_format", [pytest.param("GIF", marks=pytest.mark.slow), "WEBP", pytest.param("AVIF", marks=pytest.mark.slow)]
)
def test_an_animation_costs_no_more_than_its_first_frame(file_format: str) -> None:
    frames = [open_noise((800, 800), seed=seed) for seed in range(4)]
    peak, estimate, _ = measure(encode(frames[0], file_format, save_all=True, append_images=frames[1:]))
    assert peak < estimate


@pytest.mark.skipif(sys.platform != "linux", reason="the peak is read from /proc")
@pytest.mark.parametrize(("bits", "channels"), [(12, 1), (12, 3), (32, 3)])
def test_samples_that_are_read_one_by_one_are_counted(bits: int, channels: int) -> None:
    values = np.random.default_rng(0).integers(0, 1 << 12, (SIDE, SIDE, channels))
    samples = values.astype(np.float32 if bits == 32 else np.uint16)
    peak, estimate, fixed = measure(write_tiff(samples, bits, 2 if channels == 3 else 1))
    assert peak < estimate < 3 * peak + fixed


@pytest.mark.skipif(sys.platform != "linux", reason="the peak is read from /proc")
@pytest.mark.parametrize("name", ["photo", "plain", "deep"])
def test_tiles_of_a_heic_are_counted(name: str) -> None:
    tile = (ROOT / "tests" / "model" / "pictures" / "heic" / f"{name}.heic").read_bytes()
    peak, estimate, fixed = measure(write_grid(tile, (96, 64), 17, 25, (SIDE, SIDE)))
    assert peak < estimate < 3 * peak + fixed


@pytest.mark.skipif(sys.platform != "linux", reason="the peak is read from /proc")
def test_a_picture_that_was_cut_off_costs_no_more() -> None:
    for file_format in ("PNG", "JPEG"):
        data = encode(open_noise((SIDE, SIDE)), file_format)
        peak, estimate, _ = measure(data[: len(data) // 2])
        assert peak < estimate, file_format
