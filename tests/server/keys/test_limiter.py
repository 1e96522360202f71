"""Limits on requests at once, requests per minute and tokens per minute, with a clock that tests set."""

import pytest

from server.errors import RateExceeded, TokenRateExceeded, TooManyStreams
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


def refuse_tokens(limiter: KeyLimiter, visitor: Key) -> int:
    """Return the seconds that the refused key is told to wait."""
    with pytest.raises(TokenRateExceeded, match="limit is 60 per minute") as refused:
        limiter.check_tokens(visitor)
    assert refused.value.retry_after_s is not None
    return refused.value.retry_after_s


def test_tokens_are_taken_beyond_what_is_left_and_earned_back() -> None:
    clock, visitor = Clock(), make_key(tokens_per_minute=60)
    limiter = KeyLimiter(9, clock)
    limiter.take_tokens(visitor, 59)
    limiter.check_tokens(visitor)
    limiter.take_tokens(visitor, 31)
    assert refuse_tokens(limiter, visitor) == 31
    clock.now_s += 30
    assert refuse_tokens(limiter, visitor) == 1
    clock.now_s += 1
    limiter.check_tokens(visitor)
    limiter.take_tokens(visitor, 1)
    assert refuse_tokens(limiter, visitor) == 1


def test_an_idle_hour_earns_no_more_than_a_minutes_tokens() -> None:
    clock, visitor = Clock(), make_key(tokens_per_minute=60)
    limiter = KeyLimiter(9, clock)
    limiter.take_tokens(visitor, 60)
    clock.now_s += 3600
    limiter.take_tokens(visitor, 60)
    assert refuse_tokens(limiter, visitor) == 1


def test_keys_do_not_share_their_tokens_and_need_not_have_a_limit() -> None:
    limiter = KeyLimiter(9, Clock())
    limiter.take_tokens(make_key(tokens_per_minute=60), 100)
    for other in (make_key("bob", tokens_per_minute=60), make_key("eve")):
        limiter.check_tokens(other)
    limiter.take_tokens(make_key("eve"), 10**9)
    limiter.check_tokens(make_key("eve"))
    assert refuse_tokens(limiter, make_key(tokens_per_minute=60)) == 41


def test_tokens_and_requests_are_counted_apart() -> None:
    visitor = make_key(tokens_per_minute=60, requests_per_minute=2)
    limiter = KeyLimiter(9, Clock())
    limiter.take_tokens(visitor, 100)
    enter(limiter, visitor, 2)
    with pytest.raises(RateExceeded):
        enter(limiter, visitor)


def test_a_request_may_count_as_several() -> None:
    limiter, visitor = KeyLimiter(max_streams=4), make_key()
    assert (limiter.get_max_streams(visitor), limiter.get_max_streams(make_key(max_streams=2))) == (4, 2)
    with limiter.admit(visitor), limiter.hold(visitor, 2):
        assert limiter.num_open("ann") == 3
        with pytest.raises(TooManyStreams, match="limit is 4"), limiter.hold(visitor, 2):
            raise AssertionError("it was let in")
        assert limiter.num_open("ann") == 3
    assert limiter.num_open("ann") == 0
