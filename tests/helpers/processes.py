"""A real server process on loopback, for tests that need one."""

import json
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import IO, Any

START_TIMEOUT_S = 300
"""For a machine that is busy, as all that tests wait for."""


class Output:
    """What a process says. It is read all the time: a pipe that nobody reads fills, and the process waits."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
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
        return "".join(self._lines)

    def whole(self) -> str:
        """When the process has ended."""
        self._reading.join()
        return self.text

    def line_with(self, sign: str) -> str:
        """The first one that has come; empty where the process has ended before it said so."""
        while True:
            is_whole = not self._reading.is_alive()
            found = next((line for line in tuple(self._lines) if sign in line), "")
            if found or is_whole:
                return found
            time.sleep(0.02)


@contextmanager
def running_server(
    *flags: str, program: Sequence[str] = ("server",)
) -> Iterator[tuple[subprocess.Popen[str], str, Output]]:
    """The process once it is ready, its address, and what it says."""
    command = [sys.executable, "-m", *program, "--port", "0", *flags]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    watchdog = threading.Timer(START_TIMEOUT_S, process.kill)
    watchdog.start()
    said = Output(process)
    try:
        address = said.line_with("address").rpartition(" ")[2].strip()
        assert address.startswith("http://"), said.text
        wait_until_ready(address)
        watchdog.cancel()
        yield process, address, said
    finally:
        watchdog.cancel()
        process.kill()
        process.wait()
        said.whole()


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
