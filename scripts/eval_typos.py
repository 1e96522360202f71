"""Measures how many typos are corrected, and how many clean questions are changed: `python scripts/eval_typos.py`.

Runs the corrector over the shipped questions, `pairs.tsv` and `clean.tsv` in `server/pipeline/typos/data`. Prints a row
for each language and split, and one JSON line at the end.
"""

import argparse
import json
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from server.pipeline.typos.corrector import Corrector
from server.pipeline.typos.dictionary import load
from server.pipeline.typos.words import read_rows

LANGUAGES = ("zh", "en")
SPLITS = ("dev", "held")
"""`dev` questions were looked at while the word lists were made; `held` ones were not."""


@dataclass(frozen=True)
class Answer:
    """A question, what the corrector should make of it (`right`), and what it made of it (`corrected`)."""

    split: str
    language: str
    typed: str
    right: str
    corrected: str

    @property
    def is_clean(self) -> bool:
        return self.typed == self.right

    @property
    def is_right(self) -> bool:
        return self.corrected == self.right

    @property
    def is_touched(self) -> bool:
        return self.corrected != self.typed


@dataclass(frozen=True)
class Figures:
    """Shares from 0 to 1 over the questions of one language and split.

    `recall` is the share of misspelt questions that became right, `precision` the share of changed questions that
    became right, `touched` the share of clean questions that were changed.
    """

    num_pairs: int
    num_clean: int
    recall: float
    precision: float
    touched: float

    @classmethod
    def compute(cls, answers: Sequence[Answer]) -> "Figures":
        pairs = [answer for answer in answers if not answer.is_clean]
        clean = [answer for answer in answers if answer.is_clean]
        touched = [answer for answer in answers if answer.is_touched]
        return cls(
            len(pairs),
            len(clean),
            _divide(sum(answer.is_right for answer in pairs), len(pairs)),
            _divide(sum(answer.is_right for answer in touched), len(touched)),
            _divide(sum(answer.is_touched for answer in clean), len(clean)),
        )


def _divide(part: int, whole: int) -> float:
    return round(part / whole, 4) if whole else 0.0


def read_questions() -> Iterator[tuple[str, str, str, str]]:
    """Yield split, language, typed text and right text of each question in both lists."""
    for split, language, typed, right in read_rows("pairs.tsv"):
        yield split, language, typed, right
    for split, language, typed in read_rows("clean.tsv"):
        yield split, language, typed, typed


def evaluate(corrector: Corrector) -> list[Answer]:
    """Correct all questions."""
    return [Answer(*question, corrector.correct(question[2]).text) for question in read_questions()]


def compute_figures(answers: Sequence[Answer]) -> dict[tuple[str, str], Figures]:
    """Return the figures by language and split; the split `all` is both."""
    figures: dict[tuple[str, str], Figures] = {}
    for language in LANGUAGES:
        for split in (*SPLITS, "all"):
            rows = [a for a in answers if a.language == language and split in (a.split, "all")]
            figures[language, split] = Figures.compute(rows)
    return figures


def print_table(figures: dict[tuple[str, str], Figures]) -> None:
    print(f"{'language':<10}{'split':<7}{'pairs':>6}{'recall':>8}{'precision':>11}{'clean':>7}{'touched':>9}")
    for (language, split), row in figures.items():
        print(
            f"{language:<10}{split:<7}{row.num_pairs:>6}{row.recall:>8.3f}{row.precision:>11.3f}"
            f"{row.num_clean:>7}{row.touched:>9.4f}"
        )


def flatten_figures(figures: dict[tuple[str, str], Figures]) -> dict[str, float]:
    """Return the shares under names such as `recall_zh_all`."""
    return {
        f"{name}_{language}_{split}": getattr(row, name)
        for (language, split), row in figures.items()
        for name in ("recall", "precision", "touched")
    }


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(
        description="Measure how many typos are corrected, and how many clean questions are changed."
    )
    parser.add_argument("--dictionary", type=Path, help="a dictionary of your own to add")
    parser.add_argument("--show", type=int, default=5, help="how many wrong corrections to print")
    given = parser.parse_args(arguments)
    start = time.perf_counter()
    corrector = Corrector.open(load(given.dictionary) if given.dictionary else None)
    opened = time.perf_counter()
    answers = evaluate(corrector)
    ms = (time.perf_counter() - opened) * 1000 / len(answers)
    figures = compute_figures(answers)
    print_table(figures)
    for answer in [answer for answer in answers if not answer.is_right][: given.show]:
        print(f"wrong: {answer.typed} -> {answer.corrected}, not {answer.right}")
    print(f"opened in {opened - start:.2f} s; {ms:.2f} ms per question")
    print(json.dumps(flatten_figures(figures)))


if __name__ == "__main__":
    main()
