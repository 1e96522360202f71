"""The shipped corrector keeps the figures that docs/typos.md states."""

import json
import re
from functools import cache
from pathlib import Path

import pytest

from scripts.eval_typos import LANGUAGES, Answer, Figures, compute_figures, evaluate, main, read_questions
from server.pipeline.typos.dictionary import load
from tests.helpers.paths import DOCS
from tests.helpers.shipped_typos import open_corrector

DOCUMENT = DOCS / "typos.md"
MIN_RECALL = 0.8
MAX_TOUCHED = 0.002


@cache
def shipped() -> dict[tuple[str, str], Figures]:
    return compute_figures(evaluate(open_corrector()))


def answer(typed: str, right: str, corrected: str) -> Answer:
    return Answer("dev", "en", typed, right, corrected)


@pytest.mark.parametrize("language", LANGUAGES)
def test_most_typos_are_corrected(language: str) -> None:
    assert shipped()[language, "all"].recall >= MIN_RECALL


@pytest.mark.parametrize("language", LANGUAGES)
def test_clean_questions_are_left_alone(language: str) -> None:
    assert shipped()[language, "all"].touched <= MAX_TOUCHED


@pytest.mark.parametrize("language", LANGUAGES)
def test_most_changed_questions_become_right(language: str) -> None:
    assert shipped()[language, "all"].precision >= 0.98


@pytest.mark.parametrize(("language", "recall"), [("zh", 0.6), ("en", 0.75)])
def test_held_out_questions_are_corrected_too(language: str, recall: float) -> None:
    assert shipped()[language, "held"].recall >= recall
    assert shipped()[language, "held"].touched <= 0.01


def test_the_lists_are_long_enough() -> None:
    assert sum(shipped()[language, "all"].num_pairs for language in LANGUAGES) >= 200
    assert sum(shipped()[language, "all"].num_clean for language in LANGUAGES) >= 500


def test_no_question_comes_twice() -> None:
    typed = [question[2] for question in read_questions()]
    assert len(typed) == len(set(typed))


def test_figures_are_computed_from_answers() -> None:
    answers = [
        answer("teh", "the", "the"),
        answer("hte", "the", "hte"),
        answer("fone", "phone", "fine"),
        answer("tea", "tea", "tea"),
        answer("tee", "tee", "the"),
    ]
    assert Figures.compute(answers) == Figures(3, 2, recall=0.3333, precision=0.3333, touched=0.5)


def test_figures_without_answers_are_zero() -> None:
    assert Figures.compute([]) == Figures(0, 0, 0.0, 0.0, 0.0)


def test_the_last_line_is_json(capsys: pytest.CaptureFixture[str]) -> None:
    main(["--show", "1"])
    lines = capsys.readouterr().out.splitlines()
    assert json.loads(lines[-1])["recall_zh_all"] == shipped()["zh", "all"].recall
    assert sum(line.startswith("wrong: ") for line in lines) == 1
    assert lines[1].split()[:2] == ["zh", "dev"]


def read_documented() -> list[list[str]]:
    """Return the rows of the document's table of figures, as texts of numbers."""
    text = DOCUMENT.read_text(encoding="utf-8")
    return [re.findall(r"[0-9.]+", row) for row in re.findall(r"^\| (?:Chinese|English)? ?\| .*$", text, re.MULTILINE)]


def format_row(row: Figures) -> list[str]:
    """Return the figures as the document writes them."""
    shares = [f"{100 * share:.1f}" for share in (row.recall, row.precision, row.touched)]
    return [str(row.num_pairs), *shares[:2], str(row.num_clean), shares[2]]


def test_the_document_has_these_figures() -> None:
    rows = [shipped()[language, split] for language in LANGUAGES for split in ("all", "held")]
    assert read_documented() == [format_row(row) for row in rows]


def test_the_documents_example_gives_what_it_says() -> None:
    (code,) = re.findall(r"```python\n(.*?)```", DOCUMENT.read_text(encoding="utf-8"), re.DOTALL)
    (text,) = re.findall(r'correct\("(.*?)"\)', code)
    shown = [line.partition("# ")[2].strip() for line in code.splitlines() if line.startswith("print")]
    correction = open_corrector().correct(text)
    assert shown == [correction.text, str(correction.changes)]


def test_the_documents_dictionary_can_be_loaded(tmp_path: Path) -> None:
    (text,) = re.findall(r"```text\n(.*?)```", DOCUMENT.read_text(encoding="utf-8"), re.DOTALL)
    path = tmp_path / "typos.txt"
    path.write_text(text, encoding="utf-8")
    found = load(path)
    assert found.words == {"minibook", "云朵杯"}
    assert found.pairs == {"冲电宝": "充电宝", "i phone": "iPhone"}
