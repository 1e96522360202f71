"""Pictures brighter than white, by PQ or HLG, on a display that shows no more than white.

The largest of red, green and blue is compressed, and the others by the same factor: so hues stay. This is the operator
with a reference white of ITU-R BT.2408 (203 cd/m2) that SMPTE ST 2094-50 describes, as browsers use it.
"""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
PQ, HLG = 16, 18
"""Transfer functions, by their code points in ITU-T H.273."""

WHITE_NITS, PEAK_NITS = 203, 1000
PEAK = PEAK_NITS / WHITE_NITS
WHITE_SHOWN = 0.5
"""The light that is left for white; what is brighter has the rest, along a curve with this point in its middle."""

MIDDLE = (1.65, 0.825)


def read_light(samples: Floats, transfer: int, luminance: Floats) -> Floats:
    """Return the light of samples `[number, 3]`, where white is 1. `luminance` is that of red, green and blue."""
    if transfer == PQ:
        return _pq_nits(samples) / WHITE_NITS
    scene = _hlg_scene(samples)
    bright = np.asarray((scene * luminance).sum(axis=1, keepdims=True))
    return np.asarray(PEAK * scene * np.maximum(bright, 1e-9) ** 0.2)


def compress(light: Floats) -> Floats:
    """Return light, in the primaries of ITU-R BT.2020, as a display shows it: from 0 to 1."""
    largest = np.maximum(light.max(axis=1, keepdims=True), 1e-9)
    return np.asarray(light * _compress(largest) / largest)


def _compress(light: Floats) -> Floats:
    x, y = MIDDLE
    a, b, c = 1 - 2 * x + PEAK, 2 * x - 2, 1 - light.clip(1, PEAK)
    place = (np.sqrt(b * b - 4 * a * c) - b) / (2 * a)  # along a curve of Bezier, whose width this equation gives
    bright = (1 - place) ** 2 * WHITE_SHOWN + 2 * place * (1 - place) * y + place**2
    return np.where(light <= 1, light * WHITE_SHOWN, bright)


def _pq_nits(samples: Floats) -> Floats:
    """SMPTE ST 2084."""
    power = samples ** (1 / 78.84375)
    light = (np.maximum(power - 0.8359375, 0) / (18.8515625 - 18.6875 * power)) ** (1 / 0.1593017578125)
    return np.asarray(10_000 * light)


def _hlg_scene(samples: Floats) -> Floats:
    """ARIB STD-B67."""
    return np.where(samples <= 0.5, samples**2 / 3, (np.exp((samples - 0.55991073) / 0.17883277) + 0.28466892) / 12)
