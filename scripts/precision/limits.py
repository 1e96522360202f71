"""The limits of the figures: what lies above them is an outlier.

They are the figures that were measured, times a factor. Rounding is the same on every machine, so the factor is for the
order of sums and other kernels, which move a mean less than a maximum. It is small enough for an error of 5 % in one
matrix of an MLP to show: that takes `mean_arithmetic_kl` of the recorded chats to 2.6 times and more of the measured.
"""

import math
from dataclasses import dataclass, fields

from scripts.precision.figures import Figures

MEAN_FACTOR = 2.0
MAX_FACTOR = 4.0
RIGHT_LOSS = 0.05
"""The share of right answers that may be lost: one or two of some forty."""


@dataclass(frozen=True)
class Limits:
    """The largest value that each of the figures of the same name may have."""

    mean_kl: float
    max_kl: float
    mean_arithmetic_kl: float
    max_arithmetic_kl: float
    max_transformers_kl: float
    image_error: float
    max_margin: float


def make_limits(
    kl: tuple[float, float], arithmetic: tuple[float, float], transformers: float, image: float, margin: float
) -> Limits:
    """Return the limits for what was measured: means and maxima of KL divergences, and the other figures.

    `margin` is the largest change of the distance between the two best logits. An answer that diverges at a larger
    distance has another cause than rounding, so there is no factor.
    """
    return Limits(
        mean_kl=MEAN_FACTOR * kl[0],
        max_kl=MAX_FACTOR * kl[1],
        mean_arithmetic_kl=MEAN_FACTOR * arithmetic[0],
        max_arithmetic_kl=MAX_FACTOR * arithmetic[1],
        max_transformers_kl=MAX_FACTOR * transformers,
        image_error=MEAN_FACTOR * image,
        max_margin=margin,
    )


RECORDED_LIMITS = {
    "bfloat16": make_limits((6.4e-4, 2.0e-3), (3.3e-4, 1.5e-3), 1.0e-3, 9.2e-3, 0.17),
    "int8 in bfloat16": make_limits((3.5e-3, 1.0e-2), (1.9e-3, 6.1e-3), 5.9e-3, 9.2e-3, 0.37),
    "int8 in float32": make_limits((3.0e-3, 1.4e-2), (1.6e-3, 5.6e-3), 3.6e-3, 0.0, 0.34),
    "int4 in bfloat16": make_limits((0.26, 0.87), (4.5e-4, 2.1e-3), 1.4e-3, 9.2e-3, 3.0),
    "int4 in float32": make_limits((0.25, 0.91), (2.0e-4, 8.0e-4), 1.2e-4, 0.0, 3.3),
}
"""Of the recorded chats: random weights, whose distributions are flat, so every error shows."""

DEMO_LIMITS = {
    "bfloat16": make_limits((1.0e-6, 1.6e-4), (1.0e-6, 1.6e-4), 3.9e-6, 8.1e-3, 0.58),
    "int8 in bfloat16": make_limits((2.4e-6, 3.6e-4), (9.0e-7, 1.2e-4), 2.9e-4, 8.1e-3, 1.6),
    "int8 in float32": make_limits((1.0e-6, 7.3e-5), (7.3e-7, 1.8e-4), 2.1e-5, 0.0, 1.6),
    "int4 in bfloat16": make_limits((1.6e-4, 2.7e-2), (1.9e-6, 2.4e-4), 3.1e-6, 8.1e-3, 7.9),
    "int4 in float32": make_limits((1.6e-4, 3.3e-2), (5.6e-7, 5.0e-5), 7.5e-6, 0.0, 7.8),
}
"""Of the demo, a trained model, which is sure of nearly every token: a few that it is not sure of make its figures."""

ARITHMETIC_FACTORS = {
    "int8 in bfloat16": 20.0,
    "int8 in float32": 20.0,
    "int4 in bfloat16": 8.0,
    "int4 in float32": 8.0,
}
"""How many times bfloat16's `mean_arithmetic_kl` another model's may be: some three times what the two above have."""


def find_outliers(figures: Figures, limits: Limits) -> list[str]:
    """Return a phrase for each figure that is above its limit, or is no number."""
    values = {field.name: getattr(figures, field.name) for field in fields(limits)}
    found = [_compare(name, value, getattr(limits, name)) for name, value in values.items()]
    if figures.right is not None and figures.right < 1 - RIGHT_LOSS:
        found.append(f"right is {figures.right:.3g}, below {1 - RIGHT_LOSS:.3g}")
    return [phrase for phrase in found if phrase]


def find_outliers_of_any_model(name: str, figures: Figures, bfloat16: Figures | None) -> list[str]:
    """Return what is wrong with the figures of a model of which none are known: the scale is its own bfloat16's."""
    found = [_compare(field, getattr(figures, field), math.inf) for field in ("mean_kl", "image_error")]
    if name in ARITHMETIC_FACTORS and bfloat16 is not None:
        limit = ARITHMETIC_FACTORS[name] * bfloat16.mean_arithmetic_kl
        found.append(_compare("mean_arithmetic_kl", figures.mean_arithmetic_kl, limit))
    return [phrase for phrase in found if phrase]


def _compare(name: str, value: float, limit: float) -> str:
    if not math.isfinite(value):
        return f"{name} is not a number"
    return "" if value <= limit else f"{name} is {value:.3g}, above {limit:.3g}"
