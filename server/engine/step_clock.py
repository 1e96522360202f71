"""How long a step takes, counted in ticks: while the whole process is stopped, no time passes for its steps."""

import asyncio
import time

from server.engine.device_worker import DeviceWorker

TICK_S = 0.05


class StepClock:
    """Counts the time of the current step of a worker; `step_s` is 0 between steps.

    A tick counts for twice its interval at most, so the hour that a stopped or suspended process misses does not make
    its step look stuck.
    """

    def __init__(self, worker: DeviceWorker) -> None:
        self._worker = worker
        self._counted_s = 0.0
        self._counted_step: int | None = None
        self._ticked_s = 0.0
        self._timer: asyncio.TimerHandle | None = None

    @property
    def step_s(self) -> float:
        """How long the current step has taken, or 0 when there is none."""
        return self._counted_s if self._counted_step == self._worker.step_number else 0.0

    def start(self, loop: asyncio.AbstractEventLoop) -> None:
        """Tick in this event loop until `stop()`."""
        self._ticked_s = time.monotonic()
        self._timer = loop.call_later(TICK_S, self._tick, loop)

    def stop(self) -> None:
        if self._timer is not None:
            self._timer.cancel()

    def _tick(self, loop: asyncio.AbstractEventLoop) -> None:
        self.advance(time.monotonic())
        self._timer = loop.call_later(TICK_S, self._tick, loop)

    def advance(self, now_s: float) -> None:
        """Count the time since the last tick for the step that was running then, if it still is."""
        passed_s, self._ticked_s = min(now_s - self._ticked_s, 2 * TICK_S), now_s
        step = self._worker.step_number
        is_same = step is not None and step == self._counted_step
        self._counted_s, self._counted_step = (self._counted_s + passed_s if is_same else 0.0), step
