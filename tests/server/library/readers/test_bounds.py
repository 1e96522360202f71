"""What a process may take is bounded by the system, whatever its libraries do."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.helpers.paths import ROOT

PREPARE = "from server.library.readers.bounds import bind_process, limit_memory, limit_time\nbind_process()\n"


def run(code: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", PREPARE + code], cwd=ROOT, capture_output=True, text=True)


@pytest.mark.parametrize(("num_mebibytes", "is_refused"), [(40, False), (90, True)])
def test_memory(num_mebibytes: int, is_refused: bool) -> None:
    done = run(f"limit_memory(64 << 20)\nbytearray({num_mebibytes} << 20)")
    assert ("MemoryError" in done.stderr) is is_refused


def test_time() -> None:
    wait = "import time, server.library.readers.bounds as bounds\nbounds.SLACK_S = 0\n"
    assert run(wait + "limit_time(1)\ntime.sleep(20)").returncode == -signal.SIGALRM
    assert run(wait + "limit_time(1)\nlimit_time(0)\ntime.sleep(1.1)").returncode == 0


def test_no_files_are_written(tmp_path: Path) -> None:
    done = run(f"with open({str(tmp_path / 'a')!r}, 'wb') as file:\n    file.write(bytes(100_000))")
    assert "File too large" in done.stderr
