"""The engine benchmark answers the same requests with each method, and ends with one JSON line."""

import json

import pytest

from scripts.bench_engine import draw_prompts, main


def test_prompts_have_the_lengths_of_their_kind() -> None:
    assert {len(prompt) for prompt in draw_prompts("64", 5, 100)} == {64}
    assert len({len(prompt) for prompt in draw_prompts("mixed", 12, 100)}) == 12
    assert draw_prompts("512", 2, 100) == draw_prompts("512", 2, 100)
    assert all(0 <= token < 100 for prompt in draw_prompts("mixed", 3, 100) for token in prompt)


def test_a_tiny_run_measures_all_methods(capsys: pytest.CaptureFixture[str]) -> None:
    main(["--preset", "tiny", "--prompts", "64"])
    *table, last = capsys.readouterr().out.splitlines()
    result = json.loads(last)
    assert result["device"] == "cpu"
    methods = [(row["method"], row["concurrency"]) for row in result["rows"]]
    assert methods == [
        ("sequential", 1),
        ("padded", 2),
        ("transformers_cb", 4),
        ("engine", 1),
        ("engine", 2),
        ("engine", 4),
    ]
    assert all(row["tok_s"] > 0 for row in result["rows"])
    assert result["rows"][0]["ratio_to_sequential"] == 1.0
    assert 0 < result["overhead"]["share"] < 1
    assert result["worst_gap"]["ratio"] >= 1
    assert set(result["follow_up"]) == {"first_s", "second_s", "ratio"}
    assert any("transformers_cb" in line for line in table)
