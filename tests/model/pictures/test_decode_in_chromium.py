"""What the model sees is what Chromium shows: the same files, drawn by both."""

from collections.abc import Mapping

import numpy as np

from model.errors import ImageError
from model.pictures.decode import decode_image
from tests.helpers.broken_files import list_cut, list_harmless, list_hopeless
from tests.helpers.browser_files import list_files
from tests.helpers.browser_pixels import Pixels, draw_in_chromium
from tests.helpers.chromium import chromium

MAX_LEVELS = 2.0
"""How far pixels may be apart, on average over a file."""

MAX_LEVELS_CUT = 10.0
"""Decoders differ in the last rows that they give out."""


def decode(data: bytes) -> Pixels | None:
    try:
        return np.asarray(decode_image(data))
    except ImageError:
        return None


def find_apart(files: Mapping[str, bytes], drawn: Mapping[str, Pixels | None], max_levels: float) -> dict[str, object]:
    """Return the files whose pixels are further apart than that, or of another size, or that only one of both shows."""
    apart = dict[str, object]()
    for name, data in files.items():
        ours, theirs = decode(data), drawn[name]
        if ours is None or theirs is None or ours.shape != theirs.shape:
            apart[name] = None if ours is None else ours.shape, None if theirs is None else theirs.shape
        elif (levels := float(np.abs(ours.astype(int) - theirs).mean())) > max_levels:
            apart[name] = levels
    return apart


def test_pixels_are_those_that_chromium_shows() -> None:
    """All files in one page: whole ones of every kind, then those with damage."""
    whole, harmless, cut, hopeless = list_files(), list_harmless(), list_cut(), list_hopeless()
    assert len(whole) >= 300
    drawn = draw_in_chromium(chromium(), {**whole, **harmless, **cut, **hopeless})
    assert find_apart(whole, drawn, MAX_LEVELS) == {}
    assert find_apart(harmless, drawn, MAX_LEVELS) == {}
    assert find_apart(cut, drawn, MAX_LEVELS_CUT) == {}
    assert {name for name, data in hopeless.items() if drawn[name] is not None or decode(data) is not None} == set()
