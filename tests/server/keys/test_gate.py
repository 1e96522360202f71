"""Limits at once and by the minute, on a clock that tests turn."""

import pytest

from server.errors import RateExceeded, TooManyStreams
from server.keys.gate import Gate
from server.keys.key import Key
from tests.helpers.keys import key


class Clock:
    now_s = 100.0

    def __call__(self) -> float:
        return self.now_s


def enter(gate: Gate, visitor: Key, num_times: int = 1) -> None:
    for _ in range(num_times):
        with gate.entered(visitor):
            pass


def test_so_many_at_once_and_no_more() -> None:
    gate = Gate(max_streams=2)
    with gate.entered(key()), gate.entered(key()):
        with pytest.raises(TooManyStreams, match="limit is 2"), gate.entered(key()):
            raise AssertionError("it was let in")
        enter(gate, key("bob"))
        assert (gate.num_inside("ann"), gate.num_inside("bob")) == (2, 0)
    enter(gate, key())
    assert gate.num_inside("ann") == 0


def test_a_keys_own_limit_goes_before_the_servers() -> None:
    one, many = key(max_streams=1), key("bob", max_streams=3)
    gate = Gate(max_streams=2)
    with gate.entered(one), pytest.raises(TooManyStreams), gate.entered(one):
        pass
    with gate.entered(many), gate.entered(many), gate.entered(many):
        pass


def test_a_request_that_fails_has_ended_too() -> None:
    gate = Gate(max_streams=1)
    for _ in range(3):
        with pytest.raises(KeyError), gate.entered(key()):
            raise KeyError


def test_requests_of_a_minute_come_back_one_by_one() -> None:
    clock, visitor = Clock(), key(requests_per_minute=6)
    gate = Gate(9, clock)
    enter(gate, visitor, 6)
    with pytest.raises(RateExceeded) as refused:
        enter(gate, visitor)
    assert refused.value.retry_after_s == 10
    clock.now_s += 9.5
    with pytest.raises(RateExceeded) as refused:
        enter(gate, visitor)
    assert refused.value.retry_after_s == 1
    clock.now_s += 0.5
    enter(gate, visitor)
    with pytest.raises(RateExceeded):
        enter(gate, visitor)


def test_a_quiet_hour_saves_up_no_more_than_a_minute() -> None:
    clock, visitor = Clock(), key(requests_per_minute=3)
    gate = Gate(9, clock)
    enter(gate, visitor, 3)
    clock.now_s += 3600
    enter(gate, visitor, 3)
    with pytest.raises(RateExceeded):
        enter(gate, visitor)


def test_a_limit_that_was_lowered_counts_at_once() -> None:
    clock = Clock()
    gate = Gate(9, clock)
    enter(gate, key(requests_per_minute=100))
    enter(gate, key(requests_per_minute=1))
    with pytest.raises(RateExceeded):
        enter(gate, key(requests_per_minute=1))


def test_keys_do_not_share_their_limits() -> None:
    gate = Gate(9, Clock())
    enter(gate, key(requests_per_minute=1))
    enter(gate, key("bob", requests_per_minute=1))
    enter(gate, key("eve"), 100)


def test_one_refused_for_others_at_once_costs_nothing_of_the_minute() -> None:
    visitor = key(requests_per_minute=2, max_streams=1)
    gate = Gate(9, Clock())
    with gate.entered(visitor):
        for _ in range(5):
            with pytest.raises(TooManyStreams), gate.entered(visitor):
                pass
    enter(gate, visitor)
