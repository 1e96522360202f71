"""Measuring how long a device works on something, without waiting for it."""

import time

import torch


class Stopwatch:
    """A stopwatch for work on a CPU or a GPU.

    A CPU is done when a call returns. On a GPU, events are put into its queue and read once it has passed them.
    """

    def __init__(self, device: torch.device) -> None:
        self._is_cuda = device.type == "cuda"
        self._started_s = 0.0
        self._seconds: list[float] = []
        self._begin: torch.cuda.Event | None = None
        self._events: list[tuple[torch.cuda.Event, torch.cuda.Event]] = []

    def start(self) -> None:
        self._started_s = time.perf_counter()
        if self._is_cuda:
            self._begin = _record_event()

    def stop(self) -> None:
        if self._begin is not None:
            self._events.append((self._begin, _record_event()))
        else:
            self._seconds.append(time.perf_counter() - self._started_s)

    def read(self) -> list[float]:
        """Return the seconds of each measurement that the device has completed since the last call."""
        while self._events and _is_passed(self._events[0][1]):
            begin, end = self._events.pop(0)
            self._seconds.append(begin.elapsed_time(end) / 1000)
        seconds, self._seconds = self._seconds, []
        return seconds


def _record_event() -> torch.cuda.Event:
    event: torch.cuda.Event = torch.cuda.Event(enable_timing=True)  # type: ignore[no-untyped-call]
    event.record()
    return event


def _is_passed(event: torch.cuda.Event) -> bool:
    is_passed: bool = event.query()  # type: ignore[no-untyped-call]
    return is_passed
