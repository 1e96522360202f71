import time

import pytest

from scripts.attacks.http import Reply
from scripts.attacks.memory_trials import MAX_GROWTH_MB, Growth, judge, measure_growth
from scripts.attacks.target import Target


@pytest.mark.parametrize(
    ("peak_mb", "statuses", "is_held"),
    [(100 + MAX_GROWTH_MB, [200, 429], True), (101 + MAX_GROWTH_MB, [200], False), (100, [200, 500], False)],
)
def test_too_much_memory_and_wrong_ends_are_no_success(peak_mb: float, statuses: list[int], is_held: bool) -> None:
    assert judge(Growth(100, peak_mb), [Reply(status, {}, b"", 0) for status in statuses]).is_held is is_held


def test_the_peak_is_found_between_the_beginning_and_the_end(monkeypatch: pytest.MonkeyPatch, tmp_path) -> None:  # type: ignore[no-untyped-def]
    readings = iter([100.0, 150.0, 900.0])
    monkeypatch.setattr(Target, "memory_mb", lambda _: next(readings, 120.0))
    with measure_growth(Target(tmp_path, tmp_path, ())) as growth:
        time.sleep(0.5)
    assert growth.grown_mb == 800
