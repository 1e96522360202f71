"""The moderation benchmark draws as many words and characters as given, and ends with one JSON line."""

import json
import random

import pytest

from scripts.bench_moderation import draw_lists, draw_text, main


def test_words_and_texts_have_the_given_size() -> None:
    lists = draw_lists(random.Random(1), 50)
    assert len({word.text for word in lists.words}) == 50
    assert 20 <= sum(word.text.isascii() for word in lists.words) <= 30
    assert {len(draw_text(random.Random(1), language, 77)) for language in ("zh", "en")} == {77}


def test_a_small_run_measures_both_languages(capsys: pytest.CaptureFixture[str]) -> None:
    main(["--words", "50", "--characters", "40", "--times", "2"])
    result = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert result["num_words"] == 50
    assert [(row["language"], row["num_characters"]) for row in result["rows"]] == [("zh", 40), ("en", 40)]
    assert all(row["check_ms"] > 0 and row["stream_ms"] > 0 for row in result["rows"])
