"""The evaluation asks what it says, and counts what it gets."""

import json
from typing import Any

import pytest

from scripts import eval_demo
from scripts.eval_demo import draw_questions, main, summary


def test_a_card_gives_four_turns_with_the_history_before_each() -> None:
    questions = draw_questions(seed=1, num_cards=20)
    assert [question.number for question in questions] == [1, 2, 3, 4] * 20
    for question in questions:
        assert len(question.msgs) == 2 * question.number - 1
        assert question.turn.question in question.msgs[-1]["content"]
        assert question.turn.is_follow_up == (question.number > 1)
    assert {question.turn.language for question in questions} == {"zh", "en"}


def test_another_seed_asks_otherwise() -> None:
    first = [question.turn for question in draw_questions(1, 5)]
    assert first == [question.turn for question in draw_questions(1, 5)]
    assert first != [question.turn for question in draw_questions(2, 5)]


def test_the_summary_is_a_share_of_right_answers() -> None:
    questions = draw_questions(seed=1, num_cards=30)
    are_right = [question.number != 1 for question in questions]
    found = summary(questions, are_right)
    assert found["colour"] == 0.0
    assert found["follow_up"] == 1.0
    assert set(found) == {"colour", "follow_up"}


def test_the_last_line_is_json(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def half_right(_: Any, questions: list[Any]) -> list[str]:
        return [q.turn.answer if q.number % 2 else "nonsense" for q in questions]

    monkeypatch.setattr(eval_demo, "answers", half_right)
    main(["--cards", "20", "--seed", "4"])
    *table, last = capsys.readouterr().out.splitlines()
    assert json.loads(last)["colour"] == 1.0
    assert 0 < json.loads(last)["follow_up"] < 1
    assert any(line.startswith("wrong: ") for line in table)
