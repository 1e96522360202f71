"""A real server process on loopback, for tests that need one."""

import json
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

START_TIMEOUT_S = 300
"""For a machine that is busy, as all that tests wait for."""


@contextmanager
def running_server(
    *flags: str, program: Sequence[str] = ("server",)
) -> Iterator[tuple[subprocess.Popen[str], str, str]]:
    """The process, its address, and what it said until it was ready."""
    command = [sys.executable, "-m", *program, "--port", "0", *flags]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    watchdog = threading.Timer(START_TIMEOUT_S, process.kill)
    watchdog.start()
    assert process.stdout is not None
    said = ""
    try:
        for line in process.stdout:
            said += line
            if "address" in line:
                break
        address = said.rsplit(maxsplit=1)[-1]
        assert address.startswith("http://"), said
        wait_until_ready(address)
        watchdog.cancel()
        yield process, address, said
    finally:
        watchdog.cancel()
        process.kill()
        process.communicate()


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
