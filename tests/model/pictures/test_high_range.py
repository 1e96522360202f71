"""What is brighter than white is compressed, and keeps its hue."""

import numpy as np

from model.pictures.high_range import HLG, PEAK, PQ, compress, read_light

BT_2020_LUMINANCE = np.array([0.2627, 0.678, 0.0593])


def grey(*samples: float) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    return np.repeat(np.array(samples)[:, None], 3, axis=1)


def test_samples_of_known_light() -> None:
    pq = read_light(grey(0, 0.5806888810416109, 0.751827096247041), PQ, BT_2020_LUMINANCE)
    assert np.allclose(pq[:, 0], (0, 1, PEAK), atol=1e-3), "0, 203 and 1,000 cd/m2 by SMPTE ST 2084"
    hlg = read_light(grey(0, 0.75, 1), HLG, BT_2020_LUMINANCE)
    assert np.allclose(hlg[:, 0], (0, 1, PEAK), atol=0.02), "white is at 75 % in ITU-R BT.2408"


def test_white_gets_half_of_the_light_and_the_peak_all() -> None:
    shown = compress(grey(0, 0.5, 1, 2, PEAK, 50))[:, 0]
    assert np.allclose(shown[[0, 1, 2, 4, 5]], (0, 0.25, 0.5, 1, 1))
    assert shown[2] < shown[3] < shown[4]


def test_hues_stay() -> None:
    light = np.array([[4.0, 2.0, 0.4], [0.2, 0.1, 0.02]])
    shown = compress(light)
    assert np.allclose(shown / shown[:, :1], light / light[:, :1])
