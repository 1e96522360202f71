"""The evaluation asks what it says, and counts what it gets."""

import json
from typing import Any

import pytest

from scripts import eval_demo
from scripts.demo.answers import ABOUT_ONE
from scripts.demo.wordings import read_wordings
from scripts.eval_demo import Question, draw_questions, main, summarize

FIGURES = {*ABOUT_ONE, "follow_up", "two_pictures"}


def bare(text: str) -> str:
    return text.rstrip("？?。.!！ ").lower()


@pytest.fixture(scope="module")
def questions() -> list[Question]:
    return draw_questions(seed=1, num_cards=20)


def test_every_card_is_asked_everything_at_first_sight(questions: list[Question]) -> None:
    for topic in ABOUT_ONE:
        of_topic = [question for question in questions if question.figure == topic]
        assert len(of_topic) == 20
        assert all(question.number == 1 and question.turn.pictures for question in of_topic)


def test_history_comes_before_each_question(questions: list[Question]) -> None:
    for question in questions:
        assert len(question.msgs) == 2 * question.number - 1
        assert question.turn.question in question.msgs[-1]["content"]
    follow_ups = [question for question in questions if question.figure == "follow_up"]
    assert {question.number for question in follow_ups} == {2, 3, 4}
    assert all(question.turn.is_follow_up and not question.turn.pictures for question in follow_ups)


def test_pairs_are_two_pictures(questions: list[Question]) -> None:
    pairs = [question for question in questions if question.figure == "two_pictures"]
    assert len(pairs) == 40
    assert all(len(question.msgs[0]["content"]) == 3 for question in pairs)
    assert {question.turn.intent.language for question in pairs} == {"zh", "en"}


def test_another_seed_asks_otherwise() -> None:
    first = [question.turn for question in draw_questions(1, 5)]
    assert first == [question.turn for question in draw_questions(1, 5)]
    assert first != [question.turn for question in draw_questions(2, 5)]


def test_words_that_were_not_learned_can_be_asked() -> None:
    unseen = read_wordings("unseen")["price"]
    questions = draw_questions(1, 20, read_wordings("unseen"))
    prices = {bare(question.turn.question) for question in questions if question.figure == "price"}
    assert prices == {bare(text) for texts in unseen.values() for text in texts}
    assert all(question.turn.intent.place is None for question in questions), "these are asked in learned words alone"


def test_the_summary_is_a_share_of_right_answers(questions: list[Question]) -> None:
    found = summarize(questions, [question.figure != "price" for question in questions])
    assert found["price"] == 0.0
    assert found["follow_up"] == found["two_pictures"] == found["kind"] == 1.0
    assert set(found) >= FIGURES


def test_the_last_line_is_json(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def half_right(_: Any, questions: list[Question]) -> list[str]:
        return [q.turn.answer if q.number % 2 else "nonsense" for q in questions]

    monkeypatch.setattr(eval_demo, "ask_all", half_right)
    main(["--cards", "20", "--seed", "4"])
    *table, last = capsys.readouterr().out.splitlines()
    figures = json.loads(last)
    assert set(figures) >= FIGURES
    assert figures["colour"] == 1.0
    assert 0 < figures["two_pictures"] < 1
    assert any(line.startswith("wrong: ") for line in table)
