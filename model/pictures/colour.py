"""From the colours of a picture's profile to sRGB: by littlecms, relative colorimetric, band by band.

A profile that is damaged, too large, of another colour space than the pixels, or sRGB itself changes nothing.
"""

import io
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageCms

MAX_PROFILE_BYTES = 4 << 20
MIN_PROFILE_BYTES = 132
SPACE = slice(16, 20)
"""Where a profile's header names the colour space of the pixels (ICC.1:2022, 7.2)."""

MODES = {b"RGB ": "RGB", b"GRAY": "L", b"CMYK": "CMYK", b"Lab ": "LAB"}
SRGB_TOLERANCE = 2
"""How many levels a profile may be away from sRGB that is not worth a conversion."""

GRID = 6


@dataclass(frozen=True)
class Conversion:
    """A conversion to sRGB of pixels in `mode`."""

    mode: str
    transform: ImageCms.ImageCmsTransform

    def apply(self, image: Image.Image) -> Image.Image:
        """Return a picture in RGB of one in `mode`."""
        converted = ImageCms.applyTransform(image, self.transform)
        assert converted is not None, "not in place"
        return converted


def find_conversion(profile: bytes, mode: str) -> Conversion | None:
    """Return what turns pixels of a picture in `mode`, with that profile, into sRGB; None where nothing has to."""
    space = MODES.get(profile[SPACE])
    if mode == "LAB":
        return Conversion("LAB", _build(ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")), "LAB"))
    if space is None or space != _find_colours(mode, space):
        return None
    if not MIN_PROFILE_BYTES < len(profile) <= MAX_PROFILE_BYTES:
        return None
    try:
        conversion = Conversion(space, _build(ImageCms.ImageCmsProfile(io.BytesIO(profile)), space))
        return None if _is_identity(conversion) else conversion
    except (ImageCms.PyCMSError, OSError, ValueError):
        return None


def _find_colours(mode: str, space: str) -> str:
    """Return the mode that the colours of a picture are in when they are converted from a space."""
    if mode == "CMYK":
        return "CMYK"
    is_grey = mode in ("1", "L", "LA", "La") or mode.startswith(("I", "F"))
    return "L" if is_grey and space == "L" else "RGB"


def _build(source: ImageCms.ImageCmsProfile, mode: str) -> ImageCms.ImageCmsTransform:
    target = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB"))
    return ImageCms.buildTransform(source, target, mode, "RGB", ImageCms.Intent.RELATIVE_COLORIMETRIC)


def _is_identity(conversion: Conversion) -> bool:
    """Whether the conversion leaves a grid of colours as they are."""
    if conversion.mode not in ("L", "RGB"):
        return False
    steps = np.linspace(0, 255, GRID).astype(np.uint8)
    greys = np.arange(256, dtype=np.uint8)[:, None].repeat(3, 1)
    colours = np.concatenate((np.array(np.meshgrid(steps, steps, steps)).reshape(3, -1).T, greys))
    image = Image.fromarray(np.ascontiguousarray(colours[None])).convert(conversion.mode)
    before, after = np.asarray(image.convert("RGB"), int), np.asarray(conversion.apply(image), int)
    return bool(np.abs(before - after).max() <= SRGB_TOLERANCE)
