"""The tables of figures, in Markdown."""

import statistics
from collections.abc import Mapping

from scripts.precision.figures import Figures
from scripts.precision.measuring import Reference

COSTS = (
    "precision",
    "KL: mean",
    "p99",
    "max",
    "same likeliest token",
    "largest logit error",
    "same answers",
    "first divergence",
    "largest margin there",
    "error of image features",
    "right answers",
)
ARITHMETIC = ("precision", "over the same weights: mean KL", "max KL", "to transformers: max KL")


def write_costs(reference: Reference, rows: Mapping[str, Figures]) -> str:
    """Return the table of what each precision costs."""
    lines = [[reference.dtype, *["-"] * 9, _write_share(reference.right)]]
    for name, found in rows.items():
        lines.append(
            [
                name,
                *map(write_number, (found.mean_kl, found.p99_kl, found.max_kl)),
                _write_share(found.agreement),
                f"{found.logit_error:.2f}",
                _write_share(found.identical),
                _write_positions(found),
                f"{found.max_margin:.2f}" if found.divergences else "-",
                write_number(found.image_error),
                _write_share(found.right),
            ]
        )
    return write_table(COSTS, lines)


def write_arithmetic(rows: Mapping[str, Figures]) -> str:
    """Return the table of what computing adds to the rounding of the weights."""
    lines = [
        [name, *map(write_number, (found.mean_arithmetic_kl, found.max_arithmetic_kl, found.max_transformers_kl))]
        for name, found in rows.items()
    ]
    return write_table(ARITHMETIC, lines)


def write_table(head: tuple[str, ...], rows: list[list[str]]) -> str:
    lines = [list(head), ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def write_number(value: float) -> str:
    """Write two digits: 0.26, 0.0033 or 9.9e-07."""
    return f"{value:.2g}"


def _write_share(value: float | None) -> str:
    return "-" if value is None else f"{100 * value:.1f} %"


def _write_positions(figures: Figures) -> str:
    """Write the median position of the first divergences, counted from 0, and their number."""
    positions = [divergence.position for divergence in figures.divergences]
    return f"{statistics.median(positions):g} ({len(positions)})" if positions else "none"
