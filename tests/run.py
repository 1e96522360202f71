"""`python -m tests.run [EXPRESSION]`: run the tests of a marker expression, and `make check` beside them.

Most run in `NUM_WORKERS` processes, each file in one of them. Those marked `serial` run after that, one at a time.
"""

import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree as ET
from collections import Counter
from pathlib import Path

from tests.helpers.paths import ROOT

NUM_WORKERS = 2
NO_TESTS = 5
"""The exit status of pytest where the expression selects none."""


def main(expression: str) -> int:
    """Run everything, print the total of all tests, and return 0 if there is no error anywhere."""
    began_s = time.monotonic()
    with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryFile("w+") as check_output:
        check = subprocess.Popen(["make", "check"], cwd=ROOT, stdout=check_output, stderr=subprocess.STDOUT)
        parallel, serial = Path(folder, "parallel.xml"), Path(folder, "serial.xml")
        statuses = [
            run_pytest(f"({expression}) and not serial", parallel, "-n", str(NUM_WORKERS), "--dist", "loadfile")
        ]
        statuses.append(check.wait())
        check_output.seek(0)
        print(check_output.read(), flush=True)
        statuses.append(run_pytest(f"({expression}) and serial", serial))
        counts = count_tests(parallel) + count_tests(serial)
    total = ", ".join(f"{count} {outcome}" for outcome, count in counts.items())
    print(f"in all: {total}; make check {'failed' if statuses[1] else 'passed'}; {time.monotonic() - began_s:.0f} s")
    return int(any(status not in (0, NO_TESTS) for status in statuses) or not counts["passed"])


def run_pytest(expression: str, report: Path, *options: str) -> int:
    command = [sys.executable, "-m", "pytest", "-m", expression, f"--junitxml={report}", *options]
    return subprocess.run(command, cwd=ROOT).returncode


def count_tests(report: Path) -> Counter[str]:
    """Return the numbers by outcome in a JUnit XML report, none where pytest was stopped before it wrote one."""
    if not report.exists():
        return Counter()
    suites = list(ET.parse(report).getroot().iter("testsuite"))
    numbers = {
        name: sum(int(suite.get(name, 0)) for suite in suites) for name in ("tests", "failures", "errors", "skipped")
    }
    passed = numbers["tests"] - numbers["failures"] - numbers["errors"] - numbers["skipped"]
    return Counter(passed=passed, failed=numbers["failures"], errors=numbers["errors"], skipped=numbers["skipped"])


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
