"""Pictures that are no cards are varied and reproducible."""

import random

import numpy as np

from scripts.demo.others import draw_other


def test_the_same_seed_draws_the_same_picture() -> None:
    assert draw_other(random.Random(3)).tobytes() == draw_other(random.Random(3)).tobytes()
    assert draw_other(random.Random(3)).tobytes() != draw_other(random.Random(4)).tobytes()


def test_pictures_have_low_and_high_contrast() -> None:
    pictures = [draw_other(random.Random(seed)) for seed in range(40)]
    assert {picture.mode for picture in pictures} == {"RGB"}
    assert min(min(picture.size) for picture in pictures) >= 220
    contrasts = [np.asarray(picture, dtype=float).std(axis=(0, 1)).max() for picture in pictures]
    assert min(contrasts) < 30 < 60 < max(contrasts)
