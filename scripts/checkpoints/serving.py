"""A server on a checkpoint, as a child process with data of its own, and how much memory it has needed."""

import re
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

GIB = 2**30
STOP_TIMEOUT_S = 60
POLL_S = 0.1
NUM_LAST_LINES = 15
FLAGS = ("--host", "127.0.0.1", "--port", "0", "--keys-file", "none", "--profile", "plain")
"""A free port on loopback, whatever the environment says."""


class TrialError(Exception):
    """The server did not start or answer. The message is a sentence, and after it the server's last lines."""


@dataclass(frozen=True)
class Served:
    """A server that is ready. `output` is the file with what it has written."""

    address: str
    ready_s: float
    process: subprocess.Popen[bytes]
    output: Path

    def read_peak_gib(self) -> float | None:
        """Return the most memory that it has had, mapped files included; None where the system does not say."""
        status = Path(f"/proc/{self.process.pid}/status")
        found = re.search(r"^VmHWM:\s+(\d+) kB$", status.read_text(), re.MULTILINE) if status.is_file() else None
        return int(found[1]) * 1024 / GIB if found else None

    def make_error(self, sentence: str) -> TrialError:
        return make_error(sentence, self.output)


@contextmanager
def serve(folder: Path, flags: Sequence[str], timeout_s: float) -> Iterator[Served]:
    """Start a server on a checkpoint with further flags, and stop it in the end. Raises `TrialError`."""
    with TemporaryDirectory() as data:
        output = Path(data) / "output"
        command = [sys.executable, "-m", "server", "--model", str(folder), "--data", data, *FLAGS, *flags]
        start_s = time.monotonic()
        with output.open("wb") as stream:
            process = subprocess.Popen(command, stdout=stream, stderr=subprocess.STDOUT)
        try:
            address = _wait_for_address(process, output, timeout_s)
            yield Served(address, time.monotonic() - start_s, process, output)
        finally:
            _stop(process)


def _wait_for_address(process: subprocess.Popen[bytes], output: Path, timeout_s: float) -> str:
    """Return the address, which the server writes when it is ready."""
    deadline_s = time.monotonic() + timeout_s
    while process.poll() is None:
        found = re.search(r"^ *address +(http\S+)$", _read(output), re.MULTILINE)
        if found:
            return found[1]
        if time.monotonic() > deadline_s:
            raise make_error(f"the server was not ready after {timeout_s:.0f} s", output)
        time.sleep(POLL_S)
    raise make_error(f"the server ended with status {process.returncode} before it was ready", output)


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(STOP_TIMEOUT_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def make_error(sentence: str, output: Path) -> TrialError:
    """Return an error with the last lines that the server has written."""
    lines = _read(output).splitlines()[-NUM_LAST_LINES:]
    return TrialError("\n".join([f"{sentence}; its last lines are:", *(f"  {line}" for line in lines)]))


def _read(output: Path) -> str:
    return output.read_text(encoding="utf-8", errors="replace")
