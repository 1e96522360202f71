"""Each measurement is read once, on a GPU when its work is done, and without waiting for it."""

import time
from typing import Any

import pytest
import torch

from model.engine import stopwatch
from model.engine.stopwatch import Stopwatch


def test_a_cpu_is_done_when_the_call_returns() -> None:
    watch = Stopwatch(torch.device("cpu"))
    assert watch.read() == []
    watch.start()
    time.sleep(0.01)
    watch.stop()
    (seconds,) = watch.read()
    assert seconds >= 0.01
    assert watch.read() == []


class FakeEvent:
    """A mark in a queue that moves on when the test says so."""

    def __init__(self, at_ms: float, queue: dict[str, float]) -> None:
        self.at_ms = at_ms
        self.queue = queue

    def query(self) -> bool:
        return self.queue["done_ms"] >= self.at_ms

    def elapsed_time(self, end: "FakeEvent") -> float:
        return end.at_ms - self.at_ms


def test_a_gpu_is_read_once_it_has_passed_the_events(monkeypatch: pytest.MonkeyPatch) -> None:
    queue, marks = {"done_ms": 0.0}, iter((10.0, 35.0, 50.0, 150.0))
    mark: Any = lambda: FakeEvent(next(marks), queue)  # noqa: E731
    monkeypatch.setattr(stopwatch, "_record_event", mark)
    watch = Stopwatch(torch.device("cuda"))
    for _ in range(2):
        watch.start()
        watch.stop()
    assert watch.read() == []
    queue["done_ms"] = 60.0
    assert watch.read() == [0.025]
    queue["done_ms"] = 150.0
    assert watch.read() == [0.1]


@pytest.mark.gpu
def test_a_real_gpu_takes_longer_for_more_work() -> None:
    watch = Stopwatch(torch.device("cuda"))
    matrix = torch.ones(4096, 4096, device="cuda")
    for count in (1, 50):
        watch.start()
        for _ in range(count):
            matrix @ matrix
        watch.stop()
    torch.cuda.synchronize()
    short, long = watch.read()
    assert long > short > 0
