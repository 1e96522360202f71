"""The total of the two runs of pytest, and what counts as an error."""

from collections import Counter
from pathlib import Path

import pytest

from tests.run import NO_TESTS, build_environment, count_tests, find_exit_status

REPORT = """<?xml version="1.0" encoding="utf-8"?>
<testsuites name="pytest tests"><testsuite name="pytest" errors="1" failures="2" skipped="3" tests="10" time="1.0"/>
</testsuites>"""


def test_outcomes_are_counted(tmp_path: Path) -> None:
    report = tmp_path / "report.xml"
    report.write_text(REPORT)
    assert count_tests(report) == Counter(passed=4, failed=2, errors=1, skipped=3)
    assert count_tests(tmp_path / "not written.xml") == Counter()


@pytest.mark.parametrize(
    ("is_checked", "statuses", "num_passed", "expected"),
    [
        (True, [0, 0], 2, 0),
        (True, [0, NO_TESTS], 1, 0),
        (True, [1, 0], 1, 1),
        (True, [0, 1], 1, 1),
        (True, [-9, 0], 1, 1),
        (False, [0, 0], 2, 1),
        (True, [NO_TESTS, NO_TESTS], 0, 1),
    ],
)
def test_any_error_fails(is_checked: bool, statuses: list[int], num_passed: int, expected: int) -> None:
    assert find_exit_status(is_checked, statuses, Counter(passed=num_passed)) == expected


def test_processes_keep_what_they_compile_and_slow_tests_have_a_deadline() -> None:
    assert build_environment({"A": "b", "PYTHONDONTWRITEBYTECODE": "1"}, 100.0) == {"A": "b"}
    assert build_environment({"SLOW_TESTS_S": "600"}, 100.0)["NO_SLOW_TESTS_AFTER"] == "700.0"
