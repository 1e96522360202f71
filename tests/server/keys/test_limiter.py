"""Limits on requests at once and per minute, with a clock that tests set."""

import pytest

from server.errors import RateExceeded, TooManyStreams
from server.keys.key import Key
from server.keys.limiter import KeyLimiter
from tests.helpers.keys import make_key


class Clock:
    now_s = 100.0

    def __call__(self) -> float:
        return self.now_s


def enter(limiter: KeyLimiter, visitor: Key, num_times: int = 1) -> None:
    for _ in range(num_times):
        with limiter.admit(visitor):
            pass


def test_requests_at_once_are_limited() -> None:
    limiter = KeyLimiter(max_streams=2)
    with limiter.admit(make_key()), limiter.admit(make_key()):
        with pytest.raises(TooManyStreams, match="limit is 2"), limiter.admit(make_key()):
            raise AssertionError("it was let in")
        enter(limiter, make_key("bob"))
        assert (limiter.num_open("ann"), limiter.num_open("bob")) == (2, 0)
    enter(limiter, make_key())
    assert limiter.num_open("ann") == 0


def test_a_keys_own_limit_goes_before_the_servers() -> None:
    one, many = make_key(max_streams=1), make_key("bob", max_streams=3)
    limiter = KeyLimiter(max_streams=2)
    with limiter.admit(one), pytest.raises(TooManyStreams), limiter.admit(one):
        pass
    with limiter.admit(many), limiter.admit(many), limiter.admit(many):
        pass


def test_a_request_that_raises_is_no_longer_counted() -> None:
    limiter = KeyLimiter(max_streams=1)
    for _ in range(3):
        with pytest.raises(KeyError), limiter.admit(make_key()):
            raise KeyError


def test_requests_per_minute_are_earned_back_one_by_one() -> None:
    clock, visitor = Clock(), make_key(requests_per_minute=6)
    limiter = KeyLimiter(9, clock)
    enter(limiter, visitor, 6)
    with pytest.raises(RateExceeded) as refused:
        enter(limiter, visitor)
    assert refused.value.retry_after_s == 10
    clock.now_s += 9.5
    with pytest.raises(RateExceeded) as refused:
        enter(limiter, visitor)
    assert refused.value.retry_after_s == 1
    clock.now_s += 0.5
    enter(limiter, visitor)
    with pytest.raises(RateExceeded):
        enter(limiter, visitor)


def test_an_idle_hour_earns_no_more_than_a_minutes_requests() -> None:
    clock, visitor = Clock(), make_key(requests_per_minute=3)
    limiter = KeyLimiter(9, clock)
    enter(limiter, visitor, 3)
    clock.now_s += 3600
    enter(limiter, visitor, 3)
    with pytest.raises(RateExceeded):
        enter(limiter, visitor)


def test_a_lowered_limit_applies_at_once() -> None:
    clock = Clock()
    limiter = KeyLimiter(9, clock)
    enter(limiter, make_key(requests_per_minute=100))
    enter(limiter, make_key(requests_per_minute=1))
    with pytest.raises(RateExceeded):
        enter(limiter, make_key(requests_per_minute=1))


def test_keys_do_not_share_their_limits() -> None:
    limiter = KeyLimiter(9, Clock())
    enter(limiter, make_key(requests_per_minute=1))
    enter(limiter, make_key("bob", requests_per_minute=1))
    enter(limiter, make_key("eve"), 100)


def test_a_request_refused_for_too_many_at_once_does_not_count_per_minute() -> None:
    visitor = make_key(requests_per_minute=2, max_streams=1)
    limiter = KeyLimiter(9, Clock())
    with limiter.admit(visitor):
        for _ in range(5):
            with pytest.raises(TooManyStreams), limiter.admit(visitor):
                pass
    enter(limiter, visitor)
