"""Compare bfloat16, int8 and int4 with float32: `python scripts/compare_precision.py`.

Two checkpoints answer: the recorded one, of random weights, its recorded chats, and the demo questions about product
cards. Every precision computes its logits along the reference's greedy answers, and answers on its own too. The output
are tables, the outliers, and one JSON line at the end; the exit code is 1 if there is an outlier. `--write` writes
docs/benchmarks/precision.md. `--model FOLDER` compares the precisions of another checkpoint, over both kinds of chats.
"""

import argparse
import json
import platform
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date
from importlib.metadata import version
from pathlib import Path
from typing import Any

import torch
from bitsandbytes.functional import has_avx512bf16

from model.errors import LoadError
from model.options import DEMO, DTYPES
from scripts.precision.chats import Chat, draw_card_chats, read_recorded_chats
from scripts.precision.figures import Figures
from scripts.precision.limits import (
    DEMO_LIMITS,
    RECORDED_LIMITS,
    Limits,
    find_outliers,
    find_outliers_of_any_model,
)
from scripts.precision.measuring import Reference, measure, record_reference
from scripts.precision.page import write_page
from scripts.precision.precisions import PRECISIONS, Precision
from scripts.precision.tables import write_arithmetic, write_costs

ROOT = Path(__file__).parents[1]
GOLDEN = ROOT / "tests" / "golden"
PAGE = ROOT / "docs" / "benchmarks" / "precision.md"
PACKAGES = ("torch", "transformers", "bitsandbytes")


@dataclass(frozen=True)
class Subject:
    """A checkpoint with the chats that it answers, and the limits of its figures where these are known."""

    title: str
    source: str
    chats: Sequence[Chat]
    limits: dict[str, Limits] | None = None


@dataclass(frozen=True)
class Comparison:
    """The figures of a subject's precisions by name, and its outliers as sentences."""

    title: str
    reference: Reference
    rows: dict[str, Figures]
    outliers: list[str]


def list_subjects(given: argparse.Namespace) -> list[Subject]:
    recorded, cards = read_recorded_chats(GOLDEN), draw_card_chats(given.seed, given.cards)
    if given.model is not None:
        unknown = [replace(chat, right=None) for chat in cards]  # these are the demo's words for it
        return [Subject(given.model, given.model, [*recorded, *unknown])]
    return [
        Subject("The recorded chats", str(GOLDEN / "checkpoint"), recorded, RECORDED_LIMITS),
        Subject("The demo", DEMO, cards, DEMO_LIMITS),
    ]


def choose_precisions(reference: str) -> list[Precision]:
    """Return the precisions to compare. Beside a reference in bfloat16 what computes in float32 has no meaning."""
    return [p for p in PRECISIONS if reference == "float32" or (p.dtype == reference and p.quantization != "none")]


def compare_subject(subject: Subject, precisions: Sequence[Precision], dtype: str, device: str) -> Comparison:
    """Measure each precision of a subject. Raises `LoadError` and `ValueError` as `record_reference` does."""
    reference = record_reference(subject.source, subject.chats, dtype, device)
    rows = {precision.name: measure(reference, precision) for precision in precisions}
    return Comparison(subject.title, reference, rows, list(describe_outliers(subject, rows)))


def describe_outliers(subject: Subject, rows: dict[str, Figures]) -> Iterator[str]:
    for name, figures in rows.items():
        if subject.limits is not None:
            phrases = find_outliers(figures, subject.limits[name])
        else:
            phrases = find_outliers_of_any_model(name, figures, rows.get("bfloat16"))
        yield from (f"{subject.title}, {name}: {phrase}" for phrase in phrases)


def describe(comparison: Comparison) -> str:
    """Return the two tables of a comparison."""
    reference = comparison.reference
    head = f"{len(reference.chats)} answers, {reference.num_positions} positions"
    return "\n\n".join([head, write_costs(reference, comparison.rows), write_arithmetic(comparison.rows)])


def summarize(comparisons: Sequence[Comparison], device: str) -> dict[str, Any]:
    """Return what the JSON line holds."""
    models = {
        comparison.title: {
            "reference": comparison.reference.dtype,
            "answers": len(comparison.reference.chats),
            "positions": comparison.reference.num_positions,
            "rows": {name: asdict(figures) for name, figures in comparison.rows.items()},
        }
        for comparison in comparisons
    }
    outliers = [outlier for comparison in comparisons for outlier in comparison.outliers]
    return {"device": device, "models": models, "outliers": outliers}


def describe_machine(device: str) -> str:
    """Return the versions and the processor, as far as they can be found out."""
    name = torch.cuda.get_device_name(device) if device.startswith("cuda") else torch.backends.cpu.get_cpu_capability()
    packing = " with AVX512-BF16" if device == "cpu" and has_avx512bf16() else ""
    versions = ", ".join(f"{package} {version(package)}" for package in PACKAGES)
    return f"{device} ({platform.machine()}, {name}{packing}), Python {platform.python_version()}, {versions}"


def parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Compare bfloat16, int8 and int4 with float32.")
    parser.add_argument("--model", help="compare the precisions of this checkpoint instead: a folder or a Hub id")
    parser.add_argument("--reference", choices=DTYPES, default="float32", help="bfloat16 where float32 does not fit")
    parser.add_argument("--device", default="cpu", help="cpu or cuda (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=1, help="of the cards and questions (default: %(default)s)")
    parser.add_argument("--cards", type=int, default=4, help="how many cards, with 10 questions each (default: 4)")
    parser.add_argument("--write", action="store_true", help="write docs/benchmarks/precision.md")
    parser.add_argument("--machine", help="the machine in words, for the page (default: what can be found out)")
    parser.add_argument("--date", default=str(date.today()), help="for the page (default: today)")
    given = parser.parse_args(arguments)
    if given.write and (given.model is not None or given.reference != "float32"):
        parser.error("--write is for the page's own comparison: without --model and --reference")
    return given


def main(arguments: Sequence[str] | None = None) -> int:
    given = parse(arguments)
    comparisons = []
    try:
        for subject in list_subjects(given):
            comparisons.append(
                compare_subject(subject, choose_precisions(given.reference), given.reference, given.device)
            )
            print(f"# {subject.title}\n\n{describe(comparisons[-1])}\n", flush=True)
    except (LoadError, ValueError) as error:
        print(error, file=sys.stderr)
        return 2
    summary = summarize(comparisons, given.device)
    print("\n".join(f"outlier: {outlier}" for outlier in summary["outliers"]) or "no outlier")
    if given.write:
        tables = {comparison.title: describe(comparison) for comparison in comparisons}
        machine = given.machine or describe_machine(given.device)
        PAGE.write_text(write_page(tables, machine, given.date, summary), encoding="utf-8")
    print(json.dumps(summary))
    return 1 if summary["outliers"] else 0


if __name__ == "__main__":
    sys.exit(main())
