"""Measuring on a GPU what an engine takes beside its weights, before the KV cache is given what is left.

The largest step and the capture of CUDA graphs run once with a KV cache just large enough for them. Both are thrown
away, and the graphs are captured again over the real cache, whose addresses they hold. (vLLM measures in the same way.)
"""

import gc
from collections.abc import Callable
from typing import Protocol

import torch

from model.engine.sizing import Peaks


class MemoryMeter(Protocol):
    """What is asked of a device, so that tests can count without one."""

    def release(self) -> None:
        """Give back what is kept for later use."""

    def read_free(self) -> int:
        """Return the bytes that no process holds."""

    def measure_peak(self, work: Callable[[], object]) -> int:
        """Do some work, and return the most bytes that were held at once beyond those held before."""


class CudaMemoryMeter:
    """The memory of one GPU, as the driver and torch count it."""

    def __init__(self, device: torch.device) -> None:
        self._device = device

    def release(self) -> None:
        gc.collect()
        torch.cuda.synchronize(self._device)
        torch.cuda.empty_cache()

    def read_free(self) -> int:
        free, _ = torch.cuda.mem_get_info(self._device)
        return int(free)

    def measure_peak(self, work: Callable[[], object]) -> int:
        self.release()
        before = torch.cuda.memory_reserved(self._device)
        torch.cuda.reset_peak_memory_stats(self._device)
        work()
        torch.cuda.synchronize(self._device)
        return max(torch.cuda.max_memory_reserved(self._device) - before, 0)


def measure_peaks(meter: MemoryMeter, run_step: Callable[[], object], capture: Callable[[], object] | None) -> Peaks:
    """Return what the largest step takes, and what `capture`, where there is one, leaves taken by what it returns.

    The step runs first without being measured: libraries allocate in their first runs what they keep.
    """
    run_step()
    step_bytes = meter.measure_peak(run_step)
    if capture is None:
        return Peaks(step_bytes)
    meter.release()
    before = meter.read_free()
    graphs = capture()
    meter.release()
    graph_bytes = max(before - meter.read_free(), 0)
    del graphs
    return Peaks(step_bytes, graph_bytes)
