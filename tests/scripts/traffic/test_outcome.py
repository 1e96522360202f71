"""Percentiles and tables of a load run."""

import pytest

from scripts.traffic.outcome import Outcome, as_json, compute_percentiles, format_table, make_rows


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([], [None, None, None]),
        ([7.0], [7.0, 7.0, 7.0]),
        ([float(i) for i in range(1, 101)], [50.0, 90.0, 99.0]),
        ([float(i) for i in range(10, 0, -1)], [5.0, 9.0, 10.0]),
    ],
)
def test_percentiles_by_nearest_rank(values: list[float], expected: list[float | None]) -> None:
    assert compute_percentiles(values) == expected


OUTCOMES = [
    Outcome("chat", "answered", 2.0, 1.0, 5),
    Outcome("chat", "left", 0.5),
    Outcome("text", "answered", 4.0),
    Outcome("text", "busy", 0.1),
    Outcome("text", "refused", 0.1),
]


def test_rows_are_of_whole_answers_only() -> None:
    chat, text, everything = make_rows(OUTCOMES)
    assert (chat.kind, chat.num_requests, chat.endings, chat.num_tokens) == ("chat", 2, {"answered": 1, "left": 1}, 5)
    assert (chat.first_s, chat.whole_s) == ([1.0] * 3, [2.0] * 3)
    assert text.first_s == [None] * 3
    assert (everything.kind, everything.num_requests, everything.whole_s) == ("all", 5, [2.0, 4.0, 4.0])
    assert as_json([chat])[0]["endings"] == {"answered": 1, "left": 1}


def test_the_table_has_a_line_for_each() -> None:
    head, chat, text, everything = format_table(make_rows(OUTCOMES)).splitlines()
    assert head.split()[:6] == ["kind", "sent", "whole", "left", "bad", "429"]
    assert chat.split()[:6] == ["chat", "2", "1", "1", "0", "0"]
    assert text.split()[:9] == ["text", "3", "1", "0", "1", "1", "-", "-", "-"]
    assert everything.split()[:6] == ["all", "5", "2", "1", "1", "1"]
