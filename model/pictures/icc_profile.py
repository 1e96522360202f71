"""ICC profiles of pictures whose colours are told in other ways: by primaries, and the curve from samples to light.

Sources: ICC.1:2022; ITU-T H.273 for the code points; PNG specification (third edition) 4.3 for their precedence.
"""

import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from model.pictures.high_range import HLG, PQ, compress, read_light

Floats = NDArray[np.float64]
Curve = Callable[[Floats], Floats]
"""From samples, 0 to 1, to light, 0 to 1."""

D50 = np.array([0.9642, 1.0, 0.8249])
BRADFORD = np.array([[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]])
MIN_DETERMINANT = 1e-9
CURVE_LENGTH = 1021
"""Every value of 8 bits falls on an entry."""

D65 = (0.3127, 0.329)
TABLE_STEPS = 33
MIN_CUBE = 216 / 24389
"""Where lightness is no cube root any more (CIE 15)."""


@dataclass(frozen=True)
class Primaries:
    """The chromaticities, x and y, of white, red, green and blue."""

    white: tuple[float, float] = D65
    red: tuple[float, float] = (0.64, 0.33)
    green: tuple[float, float] = (0.3, 0.6)
    blue: tuple[float, float] = (0.15, 0.06)

    def to_xyz(self) -> Floats:
        """Return the matrix from linear RGB to XYZ, adapted to D50. Raises `ValueError` where there is none."""
        if min(self.white[1], self.red[1], self.green[1], self.blue[1]) <= 0:
            raise ValueError("a chromaticity without luminance")
        columns = np.array([_to_xyz(xy) for xy in (self.red, self.green, self.blue)]).T
        white = _to_xyz(self.white)
        matrix = columns * _apply(_invert(columns), white)
        gains = _apply(BRADFORD, D50) / _apply(BRADFORD, white)
        return _multiply(_multiply(_invert(BRADFORD), gains[:, None] * BRADFORD), matrix)


# Three by three, without the library that numpy calls for it: that takes more memory than a small picture may.
def _multiply(left: Floats, right: Floats) -> Floats:
    return np.asarray((left[:, :, None] * right[None]).sum(axis=1))


def _apply(matrix: Floats, vector: Floats) -> Floats:
    return np.asarray((matrix * vector).sum(axis=1))


def _invert(matrix: Floats) -> Floats:
    """Return the inverse of a matrix. Raises `ValueError` where it has none."""
    first, second, third = matrix
    crossed = np.stack((np.cross(second, third), np.cross(third, first), np.cross(first, second)), axis=1)
    determinant = float((first * crossed[:, 0]).sum())
    if abs(determinant) < MIN_DETERMINANT:
        raise ValueError("chromaticities on one line")
    return np.asarray(crossed / determinant)


def _to_xyz(chromaticity: tuple[float, float]) -> Floats:
    x, y = chromaticity
    return np.array([x / y, 1.0, (1 - x - y) / y])


def make_power_curve(exponent: float) -> Curve:
    return lambda samples: np.asarray(samples**exponent)


def srgb_curve(samples: Floats) -> Floats:
    """IEC 61966-2-1."""
    return np.where(samples <= 0.04045, samples / 12.92, ((samples + 0.055) / 1.055) ** 2.4)


def _smpte_240m_curve(samples: Floats) -> Floats:
    return np.where(samples < 0.0913, samples / 4, ((samples + 0.1115) / 1.1115) ** (1 / 0.45))


def _smpte_428_curve(samples: Floats) -> Floats:
    return np.minimum(samples**2.6 * 52.37 / 48, 1)


BT_709 = Primaries()
BT_2020 = 9
PRIMARIES: Mapping[int, Primaries] = {
    1: BT_709,
    4: Primaries((0.310, 0.316), (0.67, 0.33), (0.21, 0.71), (0.14, 0.08)),
    5: Primaries(D65, (0.64, 0.33), (0.29, 0.60), (0.15, 0.06)),
    6: Primaries(D65, (0.630, 0.340), (0.310, 0.595), (0.155, 0.070)),
    7: Primaries(D65, (0.630, 0.340), (0.310, 0.595), (0.155, 0.070)),
    8: Primaries((0.310, 0.316), (0.681, 0.319), (0.243, 0.692), (0.145, 0.049)),
    9: Primaries(D65, (0.708, 0.292), (0.170, 0.797), (0.131, 0.046)),
    11: Primaries((0.314, 0.351), (0.680, 0.320), (0.265, 0.690), (0.150, 0.060)),
    12: Primaries(D65, (0.680, 0.320), (0.265, 0.690), (0.150, 0.060)),
    22: Primaries(D65, (0.630, 0.340), (0.295, 0.605), (0.155, 0.077)),
}
VIDEO_CURVE = make_power_curve(2.4)
CURVES: Mapping[int, Curve] = {
    **dict.fromkeys((1, 6, 11, 14, 15), VIDEO_CURVE),  # as displays show them, BT.1886
    4: make_power_curve(2.2),
    5: make_power_curve(2.8),
    7: _smpte_240m_curve,
    8: make_power_curve(1.0),
    13: srgb_curve,
    17: _smpte_428_curve,
}


def is_known(primaries: int, transfer: int) -> bool:
    """Whether the code points of H.273 say something: many are reserved, and 2 is "unspecified"."""
    return primaries in PRIMARIES and (transfer in CURVES or transfer in (PQ, HLG))


def write_code_points(primaries: int, transfer: int) -> bytes:
    """Return the profile of code points of H.273; nothing where they are unknown, or say sRGB."""
    if not is_known(primaries, transfer) or (primaries, transfer) == (1, 13):
        return b""
    if transfer in (PQ, HLG):
        return _write_table(PRIMARIES[primaries], transfer)
    return write_profile(PRIMARIES[primaries], CURVES[transfer])


def write_profile(primaries: Primaries, curve: Curve) -> bytes:
    """Return the profile of an RGB display, version 4. Raises `ValueError` for impossible primaries."""
    matrix = primaries.to_xyz()
    tags = {
        name: b"XYZ \0\0\0\0" + _fixed(column)
        for name, column in zip((b"rXYZ", b"gXYZ", b"bXYZ"), matrix.T, strict=True)
    }
    tags |= {b"wtpt": b"XYZ \0\0\0\0" + _fixed(D50), **dict.fromkeys((b"rTRC", b"gTRC", b"bTRC"), _write_curve(curve))}
    return join_profile(b"RGB ", tags)


def _write_table(primaries: Primaries, transfer: int) -> bytes:
    """Return the profile of pictures brighter than white: a table of what sRGB shows of their colours (10.10)."""
    steps = np.linspace(0, 1, TABLE_STEPS)
    samples = np.stack(np.meshgrid(steps, steps, steps, indexing="ij"), axis=-1).reshape(-1, 3)
    to_xyz, wide = primaries.to_xyz(), PRIMARIES[BT_2020].to_xyz()
    light = _apply_all(_multiply(_invert(wide), to_xyz), read_light(samples, transfer, to_xyz[1]))
    srgb = _apply_all(_multiply(_invert(BT_709.to_xyz()), wide), compress(light)).clip(0, 1)
    relative = _apply_all(BT_709.to_xyz(), srgb) / D50
    x, y, z = np.where(relative > MIN_CUBE, np.cbrt(relative), (relative * 24389 / 27 + 16) / 116).T
    lab = np.stack(((116 * y - 16) * 652.8, (500 * (x - y) + 128) * 256, (200 * (y - z) + 128) * 256), axis=1)
    ramp = struct.pack(">2H", 0, 65535)
    head = b"mft2\0\0\0\0" + bytes([3, 3, TABLE_STEPS, 0]) + _fixed(np.eye(3).ravel()) + struct.pack(">2H", 2, 2)
    table = head + ramp * 3 + np.rint(lab.clip(0, 65535)).astype(">u2").tobytes() + ramp * 3
    return join_profile(b"RGB ", {b"wtpt": b"XYZ \0\0\0\0" + _fixed(D50), b"A2B0": table}, pcs=b"Lab ")


def _apply_all(matrix: Floats, vectors: Floats) -> Floats:
    return np.asarray((vectors[:, None] * matrix).sum(axis=2))


def _write_curve(curve: Curve) -> bytes:
    light = np.nan_to_num(curve(np.linspace(0, 1, CURVE_LENGTH))).clip(0, 1)
    return b"curv\0\0\0\0" + struct.pack(f">I{CURVE_LENGTH}H", CURVE_LENGTH, *np.rint(light * 65535).astype(int))


def _fixed(values: Floats) -> bytes:
    """Return numbers as s15Fixed16. Raises `ValueError` where they are too large."""
    scaled = [round(float(value) * 65536) for value in values]
    if max(map(abs, scaled)) >= 1 << 31:
        raise ValueError("a number beyond 32,768")
    return struct.pack(f">{len(scaled)}i", *scaled)


def join_profile(space: bytes, tags: Mapping[bytes, bytes], kind: bytes = b"mntr", pcs: bytes = b"XYZ ") -> bytes:
    """Return a profile of that colour space and those tags (ICC.1:2022, 7)."""
    table, contents, place = b"", b"", 128 + 4 + 12 * len(tags)
    for name, tag in tags.items():
        padded = tag + bytes(-len(tag) % 4)
        table += name + struct.pack(">II", place + len(contents), len(tag))
        contents += padded
    size = place + len(contents)
    head = struct.pack(">I4x4s4s4s4s12x4s", size, b"\x04\x30\0\0", kind, space, pcs, b"acsp") + bytes(28)
    return head + _fixed(D50) + bytes(48) + struct.pack(">I", len(tags)) + table + contents
