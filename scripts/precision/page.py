"""The page docs/benchmarks/precision.md."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from scripts.precision.limits import MAX_FACTOR, MEAN_FACTOR, RIGHT_LOSS

ABOUT = {
    "The recorded chats": "Random weights of `tests/golden/checkpoint`, whose distributions are flat: the two best of "
    "1,218 tokens are often within 0.05. int4 changes most of its answers, because they hang on nothing.\n\n",
    "The demo": "A trained model, with questions in Chinese and English about product cards: one picture, two, and "
    "none. It is sure of nearly every token.\n\n",
}
"""What stands before the tables of a model."""


def write_page(tables: Mapping[str, str], machine: str, date: str, summary: Mapping[str, Any]) -> str:
    """Return the page: the text of page.md, with the tables of each model under its title."""
    text = Path(__file__).with_name("page.md").read_text(encoding="utf-8")
    return text.format(
        date=date,
        machine=machine,
        sections="\n\n".join(f"## {title}\n\n{ABOUT.get(title, '')}{table}" for title, table in tables.items()),
        mean_factor=MEAN_FACTOR,
        max_factor=MAX_FACTOR,
        right_loss=100 * RIGHT_LOSS,
        summary=json.dumps(shorten(summary)),
    )


def shorten(value: Any) -> Any:
    """Return a JSON value with its numbers rounded to four digits."""
    if isinstance(value, dict):
        return {key: shorten(part) for key, part in value.items()}
    if isinstance(value, list):
        return [shorten(part) for part in value]
    return float(f"{value:.4g}") if isinstance(value, float) else value
