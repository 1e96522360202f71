"""The shipped figures: what is promised of them is checked here."""

import json
from functools import cache

import pytest

from scripts.eval_typos import LANGUAGES, Answer, Figures, evaluate, figures, main, read_questions
from tests.server.support.typos.shipped import corrector

MIN_RECALL = 0.8
MAX_TOUCHED = 0.01


@cache
def shipped() -> dict[tuple[str, str], Figures]:
    return figures(evaluate(corrector()))


def answer(typed: str, right: str, corrected: str) -> Answer:
    return Answer("dev", "en", typed, right, corrected)


@pytest.mark.parametrize("language", LANGUAGES)
def test_most_typos_are_corrected(language: str) -> None:
    assert shipped()[language, "all"].recall >= MIN_RECALL


@pytest.mark.parametrize("language", LANGUAGES)
def test_clean_questions_are_left_alone(language: str) -> None:
    assert shipped()[language, "all"].touched <= MAX_TOUCHED


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_touched_gets_right(language: str) -> None:
    assert shipped()[language, "all"].precision >= 0.95


@pytest.mark.parametrize(("language", "recall"), [("zh", 0.6), ("en", 0.75)])
def test_questions_that_were_not_looked_at(language: str, recall: float) -> None:
    assert shipped()[language, "held"].recall >= recall
    assert shipped()[language, "held"].touched <= 0.02


def test_the_lists_are_long_enough() -> None:
    assert sum(shipped()[language, "all"].num_pairs for language in LANGUAGES) >= 200
    assert sum(shipped()[language, "all"].num_clean for language in LANGUAGES) >= 500


def test_no_question_comes_twice() -> None:
    typed = [question[2] for question in read_questions()]
    assert len(typed) == len(set(typed))


def test_figures() -> None:
    answers = [
        answer("teh", "the", "the"),
        answer("hte", "the", "hte"),
        answer("fone", "phone", "fine"),
        answer("tea", "tea", "tea"),
        answer("tee", "tee", "the"),
    ]
    assert Figures.of(answers) == Figures(3, 2, recall=0.3333, precision=0.3333, touched=0.5)


def test_figures_of_nothing() -> None:
    assert Figures.of([]) == Figures(0, 0, 0.0, 0.0, 0.0)


def test_the_last_line_is_json(capsys: pytest.CaptureFixture[str]) -> None:
    main(["--show", "1"])
    lines = capsys.readouterr().out.splitlines()
    assert json.loads(lines[-1])["recall_zh_all"] == shipped()["zh", "all"].recall
    assert sum(line.startswith("wrong: ") for line in lines) == 1
    assert lines[1].split()[:2] == ["zh", "dev"]
