"""A server process for a load run, and its memory."""

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

START_TIMEOUT_S = 120
STOP_TIMEOUT_S = 60
KV_CACHE_BYTES = 128 * 2**20
"""Small, so that it is soon full and memory stops growing."""


class NotStarted(Exception):
    """The server did not start. The message is its output."""


@dataclass(frozen=True)
class Served:
    address: str
    pid: int | None

    def memory_mb(self) -> float | None:
        """Return the resident memory in MB, or None for a server that was not started here."""
        if self.pid is None:
            return None
        status = Path(f"/proc/{self.pid}/status").read_text()
        (line,) = (line for line in status.splitlines() if line.startswith("VmRSS:"))
        return int(line.split()[1]) / 1000


@contextmanager
def demo_server() -> Iterator[Served]:
    """Start a demo server on loopback, with temporary data. Raises `NotStarted`."""
    limits = ("--kv-cache-bytes", str(KV_CACHE_BYTES))
    with TemporaryDirectory() as folder, (Path(folder) / "output").open("w+") as output:
        command = [sys.executable, "-m", "server", "--port", "0", "--data", folder, *limits]
        process = subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT)
        try:
            yield Served(_address(process, Path(output.name)), process.pid)
            process.terminate()
            process.wait(STOP_TIMEOUT_S)
        finally:
            process.kill()
            process.wait()


def _address(process: subprocess.Popen[bytes], output: Path) -> str:
    deadline = time.monotonic() + START_TIMEOUT_S
    while time.monotonic() < deadline and process.poll() is None:
        for line in output.read_text().splitlines():
            if line.strip().startswith("address"):
                return line.split()[-1]
        time.sleep(0.1)
    raise NotStarted(output.read_text())
