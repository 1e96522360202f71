"""A real server process on loopback, for tests that need one."""

import json
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import IO, Any

from tests.helpers.forking import ForkedProcess

START_TIMEOUT_S = 300
"""Long, for a machine that is busy."""

Process = subprocess.Popen[str] | ForkedProcess
Start = Callable[..., Process]
"""Starts the program of the first argument with the others: forked by `ForkedProcess`, or truly by `start_python`."""


class Output:
    """What a process writes. A thread reads it all the time: a pipe that nobody reads fills, and the process waits."""

    def __init__(self, process: Process) -> None:
        assert process.stdout is not None
        self._lines: list[str] = []
        self._reading = threading.Thread(target=self._read, args=(process.stdout,), daemon=True)
        self._reading.start()
        process.stdout = None  # nobody else may read it

    def _read(self, stream: IO[str]) -> None:
        with stream:
            for line in stream:
                self._lines.append(line)

    @property
    def text(self) -> str:
        """What has come so far."""
        return "".join(self._lines)

    def whole(self) -> str:
        """Return everything, once the process has ended."""
        self._reading.join()
        return self.text

    def line_with(self, sign: str) -> str:
        """Wait for a line with `sign` and return it; return an empty one if the process ends without it."""
        while True:
            is_whole = not self._reading.is_alive()
            found = next((line for line in tuple(self._lines) if sign in line), "")
            if found or is_whole:
                return found
            time.sleep(0.02)


def start_python(program: Sequence[str], *arguments: str) -> subprocess.Popen[str]:
    """Start `python -m` in a new interpreter, for what a fork cannot show."""
    command = [sys.executable, "-m", *program, *arguments]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


@contextmanager
def run_server(
    *flags: str, program: Sequence[str] = ("server",), start: Start = ForkedProcess
) -> Iterator[tuple[Process, str, Output]]:
    """Start a server on a free port; give the process once it is ready, its address and its output."""
    process = start(program, "--port", "0", *flags)
    watchdog = threading.Timer(START_TIMEOUT_S, process.kill)
    watchdog.start()
    output = Output(process)
    try:
        address = output.line_with("address").rpartition(" ")[2].strip()
        assert address.startswith("http://"), output.text
        wait_until_ready(address)
        watchdog.cancel()
        yield process, address, output
    finally:
        watchdog.cancel()
        process.kill()
        process.wait()
        output.whole()


def run_program(*arguments: str, program: Sequence[str] = ("server",), start: Start = ForkedProcess) -> tuple[int, str]:
    """Run a program to its end; return its exit status and what it wrote."""
    process = start(program, *arguments)
    output = Output(process)
    try:
        return process.wait(timeout=START_TIMEOUT_S), output.whole()
    finally:
        process.kill()
        process.wait()


def wait_until_ready(address: str) -> None:
    for _ in range(100):
        try:
            get(f"{address}/health")
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise AssertionError("the server did not come up")


def get(url: str) -> Any:
    with urllib.request.urlopen(url, timeout=60) as response:
        return json.load(response)


def post(url: str, body: dict[str, Any]) -> Any:
    request = urllib.request.Request(url, json.dumps(body).encode(), {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=60) as response:
        return json.load(response)
