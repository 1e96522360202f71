"""Sessions that ended are added up."""

from dataclasses import replace

import pytest

from server.ops.worth_tally import Tally, Times, find_percentile
from server.store.outcome_records import Outcome

ENDED = Outcome("s", "shop", "p", 100.0, 160.0, 2.0, None, 1, 1, 0, "hello")


def test_nothing_is_shown_of_nothing() -> None:
    shown = Tally().show("p")
    assert (shown.sessions, shown.without_person_share, shown.handovers) == (0, None, {})
    assert shown.first_answer == shown.end == Times(None, None)


def test_sums_shares_and_reasons() -> None:
    tally = Tally()
    for outcome in (
        ENDED,
        replace(ENDED, reason="not_found"),
        replace(ENDED, reason="customer", has_person=True, num_up=0, num_down=2, ended_s=1100.0),
        replace(ENDED, reason="customer", has_person=True, first_answer_s=None),
    ):
        tally.add(outcome)
    shown = tally.show(None)
    assert (shown.profile, shown.sessions, shown.without_person, shown.without_person_share) == (None, 4, 2, 0.5)
    assert shown.handovers == {"customer": 2, "not_found": 1}
    assert shown.first_answer == Times(2.0, 2.0)
    assert shown.end == Times(60.0, 1000.0)
    assert (shown.thumbs_up, shown.thumbs_down) == (3, 2)


@pytest.mark.parametrize(
    ("values", "share", "found"),
    [
        ([], 0.5, None),
        ([3.0], 0.5, 3.0),
        ([3.0], 0.9, 3.0),
        ([1.0, 2.0], 0.5, 1.0),
        ([1.0, 2.0, 3.0], 0.5, 2.0),
        ([float(number) for number in range(1, 11)], 0.9, 9.0),
        ([float(number) for number in range(1, 12)], 0.9, 10.0),
        ([1 / 3], 0.5, 0.333),
    ],
)
def test_percentiles(values: list[float], share: float, found: float | None) -> None:
    assert find_percentile(values, share) == found
