"""What is measured on a device that is counted by hand: no GPU is needed."""

from collections.abc import Callable

import pytest
import torch

from model.engine.measuring import CudaMemoryMeter, measure_peaks
from model.engine.sizing import Peaks


class HandMeter:
    """A device of `free` bytes, on which work takes what it says in `take`, and keeps what it says in `keep`."""

    def __init__(self, free: int) -> None:
        self.free = free
        self.peak = 0
        self.num_releases = 0

    def take(self, num_bytes: int) -> None:
        self.peak = max(self.peak, num_bytes)

    def keep(self, num_bytes: int) -> None:
        self.free -= num_bytes

    def release(self) -> None:
        self.num_releases += 1

    def read_free(self) -> int:
        return self.free

    def measure_peak(self, work: Callable[[], object]) -> int:
        self.peak = 0
        work()
        return self.peak


def test_the_step_is_measured_in_its_second_run_and_the_graphs_by_what_they_keep() -> None:
    meter, runs = HandMeter(1000), [90, 40]
    assert measure_peaks(meter, lambda: meter.take(runs.pop(0)), lambda: meter.keep(70)) == Peaks(40, 70)
    assert runs == []


def test_nothing_is_captured_where_decode_steps_are_eager() -> None:
    meter = HandMeter(1000)
    assert measure_peaks(meter, lambda: meter.take(5), None) == Peaks(5, 0)


def test_memory_that_others_give_back_meanwhile_is_not_counted() -> None:
    meter = HandMeter(1000)
    assert measure_peaks(meter, lambda: meter.take(5), lambda: meter.keep(-300)) == Peaks(5, 0)


def test_graphs_live_until_they_are_measured() -> None:
    meter = HandMeter(1000)

    class Graphs:
        def __init__(self) -> None:
            meter.keep(70)

        def __del__(self) -> None:
            meter.keep(-70)

    assert measure_peaks(meter, lambda: meter.take(5), Graphs) == Peaks(5, 70)
    assert meter.free == 1000, "and no longer"


def test_an_error_of_the_step_passes() -> None:
    def fail() -> None:
        raise torch.OutOfMemoryError("CUDA out of memory")

    with pytest.raises(torch.OutOfMemoryError):
        measure_peaks(HandMeter(1), fail, None)


class Recorder:
    """A function that notes its name in `calls` and returns `value`."""

    def __init__(self, calls: list[str], name: str, value: object) -> None:
        self.calls, self.name, self.value = calls, name, value

    def __call__(self, *_: object) -> object:
        self.calls.append(self.name)
        return self.value


def test_torchs_own_figures_are_used(monkeypatch: pytest.MonkeyPatch) -> None:
    """The calls of `torch.cuda` in the order that makes a peak: empty the cache, read, reset, work, wait, read."""
    calls: list[str] = []
    reserved = 500
    for name, value in {
        "synchronize": None,
        "empty_cache": None,
        "memory_reserved": reserved,
        "reset_peak_memory_stats": None,
        "max_memory_reserved": reserved + 123,
        "mem_get_info": (77, 100),
    }.items():
        monkeypatch.setattr(torch.cuda, name, Recorder(calls, name, value))
    meter = CudaMemoryMeter(torch.device("cuda:0"))
    assert meter.measure_peak(lambda: calls.append("work")) == 123
    assert calls == [
        "synchronize",
        "empty_cache",
        "memory_reserved",
        "reset_peak_memory_stats",
        "work",
        "synchronize",
        "max_memory_reserved",
    ]
    assert meter.read_free() == 77


@pytest.mark.gpu
def test_a_real_peak() -> None:
    meter = CudaMemoryMeter(torch.device("cuda"))
    size = 256 << 20
    found = meter.measure_peak(lambda: torch.empty(size, dtype=torch.uint8, device="cuda"))
    assert size <= found <= size + (32 << 20)
    assert meter.measure_peak(lambda: None) == 0
