"""How fast small answers and streams go through the server: `python scripts/bench_transport.py`.

Starts a demo server on loopback, or asks that of `--url`. The last line is the result as JSON.
"""

import argparse
import http.client
import json
import statistics
import sys
import time
from collections.abc import Sequence
from urllib.parse import urlsplit

from scripts.attack import ROOT
from scripts.attacks.target import run_target

QUESTION = {
    "model": "minicpm-v",
    "messages": [{"role": "user", "content": "hi"}],
    "max_tokens": 200,
    "min_tokens": 200,
    "stream": True,
}


def time_requests(address: tuple[str, int], count: int) -> list[float]:
    """Return the seconds that each of several requests takes on one connection."""
    connection = http.client.HTTPConnection(*address, timeout=60)
    times: list[float] = []
    for _ in range(count):
        began_s = time.perf_counter()
        connection.request("GET", "/health")
        connection.getresponse().read()
        times.append(time.perf_counter() - began_s)
    connection.close()
    return times


def time_chunks(address: tuple[str, int]) -> list[float]:
    """Return the seconds between the events of a stream."""
    connection = http.client.HTTPConnection(*address, timeout=60)
    times: list[float] = []
    connection.request("POST", "/v1/chat/completions", json.dumps(QUESTION))
    answer, before_s = connection.getresponse(), None
    while line := answer.readline():
        now_s = time.perf_counter()
        if line.startswith(b"data:"):
            times += [] if before_s is None else [now_s - before_s]
            before_s = now_s
    connection.close()
    return times


def measure(address: tuple[str, int], count: int) -> dict[str, float]:
    requests, chunks = time_requests(address, count), time_chunks(address)
    return {
        "request_ms": round(1000 * statistics.median(requests), 2),
        "requests_per_s": round(len(requests) / sum(requests), 1),
        "chunk_ms": round(1000 * statistics.median(chunks), 2),
        "chunks_per_s": round(len(chunks) / sum(chunks), 1),
    }


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Measure small answers and streams on one connection.")
    parser.add_argument("--url", help="a server that is running, such as http://127.0.0.1:8000")
    parser.add_argument("--requests", type=int, default=500)
    given = parser.parse_args(arguments)
    if given.url is not None:
        url = urlsplit(given.url)
        print(json.dumps(measure((url.hostname or "", url.port or 80), given.requests)))
        return 0
    with run_target(ROOT) as target:
        print(json.dumps(measure(target.address, given.requests)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
