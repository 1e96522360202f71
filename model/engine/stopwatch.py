"""How long a device works on something, without waiting for it."""

import time

import torch


class Stopwatch:
    """A CPU is done when the call returns; a GPU is asked later, when it has passed the marks set in its queue."""

    def __init__(self, device: torch.device) -> None:
        self._is_cuda = device.type == "cuda"
        self._started_s = 0.0
        self._seconds: list[float] = []
        self._begin: torch.cuda.Event | None = None
        self._marks: list[tuple[torch.cuda.Event, torch.cuda.Event]] = []

    def start(self) -> None:
        self._started_s = time.perf_counter()
        if self._is_cuda:
            self._begin = _mark()

    def stop(self) -> None:
        if self._begin is not None:
            self._marks.append((self._begin, _mark()))
        else:
            self._seconds.append(time.perf_counter() - self._started_s)

    def read(self) -> list[float]:
        """The seconds of each measurement that has ended since the last call."""
        while self._marks and _is_passed(self._marks[0][1]):
            begin, end = self._marks.pop(0)
            self._seconds.append(begin.elapsed_time(end) / 1000)
        seconds, self._seconds = self._seconds, []
        return seconds


def _mark() -> torch.cuda.Event:
    event: torch.cuda.Event = torch.cuda.Event(enable_timing=True)  # type: ignore[no-untyped-call]
    event.record()
    return event


def _is_passed(event: torch.cuda.Event) -> bool:
    is_passed: bool = event.query()  # type: ignore[no-untyped-call]
    return is_passed
