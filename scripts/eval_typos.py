"""How many typos are corrected, and how much else is touched: `python scripts/eval_typos.py`.

Runs the corrector over the shipped lists, `pairs.tsv` and `clean.tsv` in `server/pipeline/typos/data`, prints a row for
each language and split, and last one JSON line.
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


@dataclass(frozen=True)
class Answer:
    """A question of the lists: `right` is what the corrector should make of it."""

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
    """`recall`: of the misspelt questions, those made right. `precision`: of all that were touched, those made right.

    `touched`: of the clean questions, those that were changed.
    """

    num_pairs: int
    num_clean: int
    recall: float
    precision: float
    touched: float

    @classmethod
    def of(cls, answers: Sequence[Answer]) -> "Figures":
        pairs = [answer for answer in answers if not answer.is_clean]
        clean = [answer for answer in answers if answer.is_clean]
        touched = [answer for answer in answers if answer.is_touched]
        return cls(
            len(pairs),
            len(clean),
            _share(sum(answer.is_right for answer in pairs), len(pairs)),
            _share(sum(answer.is_right for answer in touched), len(touched)),
            _share(sum(answer.is_touched for answer in clean), len(clean)),
        )


def _share(part: int, whole: int) -> float:
    return round(part / whole, 4) if whole else 0.0


def read_questions() -> Iterator[tuple[str, str, str, str]]:
    """Split, language, what was typed and what is right, of both lists."""
    for split, language, typed, right in read_rows("pairs.tsv"):
        yield split, language, typed, right
    for split, language, typed in read_rows("clean.tsv"):
        yield split, language, typed, typed


def evaluate(corrector: Corrector) -> list[Answer]:
    return [Answer(*question, corrector.correct(question[2]).text) for question in read_questions()]


def figures(answers: Sequence[Answer]) -> dict[tuple[str, str], Figures]:
    """By language and split; the split `all` is both."""
    found: dict[tuple[str, str], Figures] = {}
    for language in LANGUAGES:
        for split in (*SPLITS, "all"):
            rows = [a for a in answers if a.language == language and split in (a.split, "all")]
            found[language, split] = Figures.of(rows)
    return found


def print_table(found: dict[tuple[str, str], Figures]) -> None:
    print(f"{'language':<10}{'split':<7}{'pairs':>6}{'recall':>8}{'precision':>11}{'clean':>7}{'touched':>9}")
    for (language, split), row in found.items():
        print(
            f"{language:<10}{split:<7}{row.num_pairs:>6}{row.recall:>8.3f}{row.precision:>11.3f}"
            f"{row.num_clean:>7}{row.touched:>9.4f}"
        )


def as_json(found: dict[tuple[str, str], Figures]) -> dict[str, float]:
    return {
        f"{name}_{language}_{split}": getattr(row, name)
        for (language, split), row in found.items()
        for name in ("recall", "precision", "touched")
    }


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description="How many typos are corrected, and how much else is touched.")
    parser.add_argument("--dictionary", type=Path, help="an operator's dictionary")
    parser.add_argument("--show", type=int, default=5, help="how many wrong answers to print")
    given = parser.parse_args(arguments)
    start = time.perf_counter()
    corrector = Corrector.open(load(given.dictionary) if given.dictionary else None)
    opened = time.perf_counter()
    answers = evaluate(corrector)
    ms = (time.perf_counter() - opened) * 1000 / len(answers)
    found = figures(answers)
    print_table(found)
    for answer in [answer for answer in answers if not answer.is_right][: given.show]:
        print(f"wrong: {answer.typed} -> {answer.corrected}, not {answer.right}")
    print(f"opened in {opened - start:.2f} s; {ms:.2f} ms a question")
    print(json.dumps(as_json(found)))


if __name__ == "__main__":
    main()
