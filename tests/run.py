"""`python -m tests.run EXPRESSION`: run the tests of a marker expression, and `make check` beside them.

Most run in several processes, each file in one of them. Those marked `serial` run after that, one at a time.
A test that fails is tried once more, as a busy machine can delay a browser or a process beyond any wait; the summary
names it. `SLOW_TESTS_S=600` lets tests marked `slow`, which come last, begin in the first 600 seconds alone.
"""

import os
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree as ElementTree
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

from tests.helpers.paths import ROOT, TESTS

NUM_WORKERS = min((os.cpu_count() or 1) + 1, 8)
"""One more than cores: tests of pages wait for the browser."""

PARALLEL = ("-n", str(NUM_WORKERS), "--dist", "loadfile", "--no-loadscope-reorder")
NO_TESTS = 5
"""The exit status of pytest where the expression selects none."""


def main(expression: str) -> int:
    """Run everything, print the total of both runs, and return 0 if all of it passed, else 1."""
    began_s = time.monotonic()
    environment = build_environment(os.environ, time.time())
    with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryFile("w+") as output:
        check = subprocess.Popen(["make", "check"], cwd=ROOT, stdout=output, stderr=subprocess.STDOUT)
        parallel, serial = Path(folder, "parallel.xml"), Path(folder, "serial.xml")
        statuses = [run_pytest(environment, f"({expression}) and not serial", parallel, *PARALLEL)]
        is_checked = check.wait() == 0
        output.seek(0)
        print(output.read(), flush=True)
        statuses.append(run_pytest(environment, f"({expression}) and serial", serial, *find_serial_files()))
        counts = count_tests(parallel) + count_tests(serial)
    total = ", ".join(f"{count} {outcome}" for outcome, count in counts.items())
    print(f"all tests: {total or 'none'}; checks {'passed' if is_checked else 'failed'}", end="")
    print(f"; {time.monotonic() - began_s:.0f} s")
    return find_exit_status(is_checked, statuses, counts)


def find_exit_status(is_checked: bool, statuses: list[int], counts: Counter[str]) -> int:
    """Return 0 if the checks and both runs passed, of which one may have had no tests, else 1."""
    return int(not is_checked or not counts["passed"] or not {0, NO_TESTS}.issuperset(statuses))


def run_pytest(environment: Mapping[str, str], expression: str, report: Path, *options: str) -> int:
    command = [sys.executable, "-m", "pytest", "-m", expression, f"--junitxml={report}", "--reruns=1", *options]
    return subprocess.run(command, cwd=ROOT, env=environment).returncode


def build_environment(given: Mapping[str, str], now_s: float) -> dict[str, str]:
    """Return the environment of the tests: their processes keep what they compile, and slow tests have a deadline."""
    environment = {name: value for name, value in given.items() if name != "PYTHONDONTWRITEBYTECODE"}
    if "SLOW_TESTS_S" in environment:
        environment["NO_SLOW_TESTS_AFTER"] = str(now_s + float(environment["SLOW_TESTS_S"]))
    return environment


def find_serial_files() -> list[str]:
    """Return the files that have serial tests, for to collect the others takes long."""
    return [str(path) for path in sorted(TESTS.rglob("test_*.py")) if "mark.serial" in path.read_text(encoding="utf-8")]


def count_tests(report: Path) -> Counter[str]:
    """Return how many tests had each outcome by a JUnit XML report; none where pytest ended before it wrote one."""
    counts: Counter[str] = Counter()
    if report.exists():
        for suite in ElementTree.parse(report).getroot().iter("testsuite"):
            tests, failed, errors, skipped = (
                int(suite.get(name, 0)) for name in ("tests", "failures", "errors", "skipped")
            )
            counts.update(passed=tests - failed - errors - skipped, failed=failed, errors=errors, skipped=skipped)
    return counts


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
