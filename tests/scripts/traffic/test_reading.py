"""Answers are read in every dialect."""

import pytest

from scripts.traffic.reading import Broken, Reading


def read(*lines: str) -> Reading:
    reading = Reading()
    for line in lines:
        reading.take(line)
    return reading


@pytest.mark.parametrize(
    "lines",
    [
        ('{"answer": "a shirt"}',),
        ('data: {"piece": "a "}', "", ": ping", 'data: {"piece": "sh"}', 'data: {"answer": "a shirt"}'),
        (
            'data: {"choices": [{"delta": {"role": "assistant", "content": ""}}]}',
            'data: {"choices": [{"delta": {"content": "a shirt"}}]}',
            'data: {"choices": [{"delta": {}}], "usage": null}',
            'data: {"choices": [], "usage": {"completion_tokens": 3}}',
            "data: [DONE]",
        ),
        (
            '{"message": {"content": "a "}, "done": false}',
            '{"message": {"content": "shirt"}, "done": false}',
            '{"message": {"content": ""}, "done": true, "eval_count": 3}',
        ),
    ],
)
def test_whole_answers(lines: tuple[str, ...]) -> None:
    reading = read(*lines)
    assert (reading.text, reading.is_ended) == ("a shirt", True)
    assert reading.num_tokens in (0, 3)
    assert not read(*lines[:-1]).is_ended


def test_tokens_are_counted_where_they_are_told() -> None:
    assert read('data: {"choices": [], "usage": {"completion_tokens": 3}}').num_tokens == 3
    assert read('{"message": {"content": ""}, "done": true, "eval_count": 4}').num_tokens == 4


@pytest.mark.parametrize("line", ['data: {"error": "no"}', '{"error": {"message": "no"}}'])
def test_a_failure_in_a_stream(line: str) -> None:
    with pytest.raises(Broken, match="no"):
        read(line)
