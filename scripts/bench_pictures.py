"""Measure what pictures cost a server: `python scripts/bench_pictures.py [--folder CHECKOUT]`.

A server of that checkout, with the demo checkpoint, is asked about a phone's photo of 12 megapixels: some times alone,
and many times at once. Printed are the times, how long /health/live took meanwhile, and how much memory the server and
its processes took over what they had before. Ends with one line of JSON.
"""

import argparse
import base64
import io
import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from urllib.request import Request, urlopen

import numpy as np
import psutil  # type: ignore[import-untyped]
from PIL import Image

PHOTO_SIZE = (4032, 3024)
PROBE_EVERY_S = 0.02
START_S = 300.0


@dataclass
class Watch:
    """What is seen of a server from outside, in the background: seconds of /health/live, and bytes of memory."""

    address: str
    process: psutil.Process
    every_s: float = PROBE_EVERY_S
    probes_s: list[float] = field(default_factory=list)
    peak_bytes: int = 0
    _is_over: threading.Event = field(default_factory=threading.Event)

    @contextmanager
    def run(self) -> Iterator["Watch"]:
        threads = [threading.Thread(target=work) for work in (self._probe, self._measure)]
        for thread in threads:
            thread.start()
        try:
            yield self
        finally:
            self._is_over.set()
            for thread in threads:
                thread.join()

    def _probe(self) -> None:
        while not self._is_over.wait(self.every_s):
            began_s = time.perf_counter()
            with urlopen(f"{self.address}/health/live"):
                self.probes_s.append(time.perf_counter() - began_s)

    def _measure(self) -> None:
        while not self._is_over.wait(self.every_s):
            self.peak_bytes = max(self.peak_bytes, count_bytes(self.process))


def count_bytes(process: psutil.Process) -> int:
    """Return the memory of a process and its children; shared memory counts once."""
    total = 0
    for each in [process, *process.children(recursive=True)]:
        with suppress(psutil.NoSuchProcess, psutil.AccessDenied):  # a child that has ended meanwhile
            total += int(each.memory_full_info().pss)
    return total


@contextmanager
def open_server(folder: Path, *options: str) -> Iterator[tuple[str, psutil.Process]]:
    """Start the server of a checkout on a free port, and yield its address when it is ready.

    What it stores is deleted with it, unless the options have another folder for that.
    """
    with tempfile.TemporaryDirectory() as data, (Path(data) / "out").open("w") as out:
        command = [sys.executable, "-m", "server", "--model", "demo", "--port", "0", "--data", data, *options]
        environment = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": str(folder)}
        with subprocess.Popen(command, cwd=folder, env=environment, stdout=out, stderr=out) as process:
            try:
                yield wait_until_ready(Path(out.name)), psutil.Process(process.pid)
            finally:
                process.terminate()
                process.wait()


def wait_until_ready(out: Path) -> str:
    deadline_s = time.monotonic() + START_S
    while time.monotonic() < deadline_s:
        time.sleep(0.2)
        found = re.search(r"http://127\.0\.0\.1:\d+", out.read_text())
        try:
            if found is not None and urlopen(f"{found[0]}/health/ready").status == 200:
                return found[0]
        except OSError:
            continue
    raise TimeoutError(out.read_text())


def make_photo() -> bytes:
    """Return a JPEG with as much detail as a photo has."""
    small = np.random.default_rng(0).integers(0, 256, (378, 504, 3), dtype=np.uint8)
    buffer = io.BytesIO()
    Image.fromarray(small).resize(PHOTO_SIZE, Image.Resampling.BICUBIC).save(buffer, "JPEG", quality=85)
    return buffer.getvalue()


def ask(address: str, body: bytes) -> float:
    """Ask, and return the seconds until the answer."""
    began_s = time.perf_counter()
    with urlopen(Request(f"{address}/ask", body, {"Content-Type": "application/json"})) as response:
        json.load(response)
    return time.perf_counter() - began_s


def measure(address: str, process: psutil.Process, body: bytes, num_at_once: int, num_rounds: int) -> dict[str, float]:
    idle = count_bytes(process)
    with Watch(address, process).run() as watch, ThreadPoolExecutor(num_at_once) as threads:
        rounds = [list(threads.map(lambda _: ask(address, body), range(num_at_once))) for _ in range(num_rounds)]
    return {
        "num_at_once": num_at_once,
        "median_s": round(statistics.median(second for seconds in rounds for second in seconds), 2),
        "all_s": round(statistics.median(max(seconds) for seconds in rounds), 2),
        "live_p99_ms": round(1000 * sorted(watch.probes_s)[int(0.99 * len(watch.probes_s))], 1),
        "live_max_ms": round(1000 * max(watch.probes_s), 1),
        "peak_mib": round((watch.peak_bytes - idle) / 2**20),
    }


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description="Measure what pictures cost a server.")
    parser.add_argument("--folder", type=Path, default=Path(__file__).parents[1], help="the checkout to measure")
    parser.add_argument("--at-once", type=int, default=16, help="how many requests come at the same time")
    parser.add_argument("--rounds", type=int, default=3, help="how often each is measured")
    given = parser.parse_args(arguments)
    body = json.dumps({"question": "?", "image": base64.b64encode(make_photo()).decode()}).encode()
    with open_server(given.folder) as (address, process):
        ask(address, body)  # what is started or loaded at first
        results = [measure(address, process, body, count, given.rounds) for count in (1, given.at_once)]
    for result in results:
        print("  ".join(f"{name} {value}" for name, value in result.items()))
    print(json.dumps(results))


if __name__ == "__main__":
    main()
