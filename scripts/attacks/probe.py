"""Watches an attacked server from a process of its own: how late `/health/live` is, and how long a stream is silent.

`python -m scripts.attacks.probe HOST PORT` asks until its standard input closes, and then prints one JSON line.
"""

import http.client
import json
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from scripts.attacks.target import Target

EVERY_S = 0.05
TIMEOUT_S = 60.0
MIN_S = 1.0
"""How long it watches at least: what is refused at once would else be over before it has asked."""
STREAM = {
    "model": "minicpm-v",
    "messages": [{"role": "user", "content": "Tell me everything."}],
    "max_tokens": 1000,
    "min_tokens": 1000,
    "stream": True,
}


@dataclass
class Watched:
    """What the probe has seen: the times of `/health/live` and the longest silence of a stream, in seconds."""

    live_s: list[float] = field(default_factory=list)
    gap_s: float = 0.0

    @property
    def p99_s(self) -> float:
        ordered = sorted(self.live_s)
        return ordered[max(0, -(-len(ordered) * 99 // 100) - 1)] if ordered else float("inf")

    @property
    def max_s(self) -> float:
        return max(self.live_s, default=float("inf"))

    @property
    def is_well(self) -> bool:
        """Whether nobody was held up: 250 ms for 99 of 100, and never over a second."""
        return self.p99_s <= 0.25 and self.max_s <= 1 and self.gap_s <= 1

    def __str__(self) -> str:
        return f"live p99 {self.p99_s * 1000:.0f} ms, max {self.max_s:.2f} s; stream gap {self.gap_s:.2f} s"


@contextmanager
def watch(target: Target) -> Iterator[Watched]:
    """Watch the server while the block runs; the result is there after it."""
    command = [sys.executable, "-m", "scripts.attacks.probe", *map(str, target.address)]
    watched, began_s = Watched(), time.monotonic()
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()  # it has begun
        try:
            yield watched
        finally:
            time.sleep(max(MIN_S - (time.monotonic() - began_s), 0))
            out, _ = process.communicate(b"")
            found = json.loads(out)
            watched.live_s, watched.gap_s = found["live_s"], found["gap_s"]


def main(arguments: Sequence[str]) -> int:
    address = (arguments[0], int(arguments[1]))
    is_over = threading.Event()
    gaps: list[float] = []
    streaming = threading.Thread(target=_read_streams, args=(address, is_over, gaps))
    streaming.start()
    print("watching", flush=True)
    threading.Thread(target=_wait_for_end, args=(is_over,), daemon=True).start()
    live_s = _ask_repeatedly(address, is_over)
    streaming.join()
    print(json.dumps({"live_s": live_s, "gap_s": max(gaps, default=0.0)}))
    return 0


def _wait_for_end(is_over: threading.Event) -> None:
    sys.stdin.read()
    is_over.set()


def _ask_repeatedly(address: tuple[str, int], is_over: threading.Event) -> list[float]:
    times = []
    while not is_over.wait(EVERY_S):
        began_s = time.monotonic()
        connection = http.client.HTTPConnection(*address, timeout=TIMEOUT_S)
        try:
            connection.request("GET", "/health/live")
            is_answered = connection.getresponse().status == 200
        except (OSError, http.client.HTTPException):
            is_answered = False
        finally:
            connection.close()
        times.append(time.monotonic() - began_s if is_answered else TIMEOUT_S)
    return times


def _read_streams(address: tuple[str, int], is_over: threading.Event, gaps: list[float]) -> None:
    """Read one long stream after the other, and add the longest silence between two pieces of each."""
    body = json.dumps(STREAM).encode()
    head = f"POST /v1/chat/completions HTTP/1.1\r\nHost: {address[0]}\r\nContent-Type: application/json\r\n"
    request = f"{head}Content-Length: {len(body)}\r\nConnection: close\r\n\r\n".encode() + body
    while not is_over.is_set():
        try:
            with socket.create_connection(address, timeout=TIMEOUT_S) as connection:
                connection.sendall(request)
                gaps.append(_measure_gap(connection, is_over))
        except OSError:
            gaps.append(TIMEOUT_S)
            is_over.wait(EVERY_S)


def _measure_gap(connection: socket.socket, is_over: threading.Event) -> float:
    connection.recv(65536)
    longest_s, last_s = 0.0, time.monotonic()
    while not is_over.is_set() and connection.recv(65536):
        now_s = time.monotonic()
        longest_s, last_s = max(longest_s, now_s - last_s), now_s
    return longest_s


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
