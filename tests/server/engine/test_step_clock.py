"""A step takes as long as the process runs in it."""

import queue

import pytest

from server.engine.device_worker import DeviceWorker
from server.engine.step_clock import TICK_S, StepClock
from tests.helpers.fakes import FakeChatModel


@pytest.fixture
def worker() -> DeviceWorker:
    return DeviceWorker(FakeChatModel().engine, queue.SimpleQueue())


def tick(clock: StepClock, start_s: float, count: int) -> float:
    """Advance a clock by regular ticks, and return the time of the last."""
    for number in range(1, count + 1):
        clock.advance(start_s + number * TICK_S)
    return start_s + count * TICK_S


def test_ticks_in_the_same_step_add_up(worker: DeviceWorker) -> None:
    clock = StepClock(worker)
    assert clock.step_s == 0.0
    worker.step_number = 1
    now_s = tick(clock, 0.0, 21)
    assert clock.step_s == pytest.approx(20 * TICK_S), "the tick that finds the step counts nothing"
    worker.step_number = 2
    assert clock.step_s == 0.0
    now_s = tick(clock, now_s, 11)
    assert clock.step_s == pytest.approx(10 * TICK_S)
    worker.step_number = None
    assert clock.step_s == 0.0
    tick(clock, now_s, 10)
    assert clock.step_s == 0.0


def test_a_stopped_hour_counts_as_two_ticks(worker: DeviceWorker) -> None:
    clock = StepClock(worker)
    worker.step_number = 1
    now_s = tick(clock, 0.0, 11)
    clock.advance(now_s + 3600)
    assert clock.step_s == pytest.approx(12 * TICK_S)
    tick(clock, now_s + 3600, 10)
    assert clock.step_s == pytest.approx(22 * TICK_S), "and it goes on"


def test_a_late_tick_counts_in_full_up_to_twice_its_interval(worker: DeviceWorker) -> None:
    clock = StepClock(worker)
    worker.step_number = 1
    clock.advance(1.0)
    clock.advance(1.0 + 1.5 * TICK_S)
    assert clock.step_s == pytest.approx(1.5 * TICK_S)
