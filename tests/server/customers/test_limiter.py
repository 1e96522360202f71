"""The limits of customers: each by itself, and nothing kept of those who are gone."""

from contextlib import ExitStack

import pytest

from server.customers.limiter import READING_SHARE, CustomerLimiter
from server.errors import AnonymousRateExceeded, CustomerRateExceeded, TooManyCustomerStreams


class Seconds:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.now_s = 1000.0

    def __call__(self) -> float:
        return self.now_s


@pytest.fixture
def clock() -> Seconds:
    return Seconds()


def make_limiter(clock: Seconds, per_minute: int = 60, max_streams: int = 4, anonymous: int = 2) -> CustomerLimiter:
    return CustomerLimiter(per_minute, max_streams, anonymous, clock)


def test_requests_of_a_minute_are_limited_for_each_customer(clock: Seconds) -> None:
    limiter = make_limiter(clock, per_minute=2)
    for _ in range(2):
        with limiter.admit("a"):
            pass
    with pytest.raises(CustomerRateExceeded) as refused, limiter.admit("a"):
        pass
    assert refused.value.retry_after_s == 30
    with limiter.admit("b"):
        pass
    clock.now_s += 30
    with limiter.admit("a"):
        pass


def test_requests_at_once_are_limited_for_each_customer(clock: Seconds) -> None:
    limiter = make_limiter(clock, max_streams=2)
    with limiter.admit("a"), limiter.admit("a"):
        with pytest.raises(TooManyCustomerStreams, match="limit is 2"), limiter.admit("a"):
            pass
        with limiter.admit("b"):
            pass
    with limiter.admit("a"):
        pass


def test_what_is_read_takes_no_place_of_what_is_answered(clock: Seconds) -> None:
    limiter, held = make_limiter(clock, max_streams=1), ExitStack()
    for _ in range(READING_SHARE):
        held.enter_context(limiter.admit_reading("a"))
    with pytest.raises(TooManyCustomerStreams, match="limit is 4"), limiter.admit_reading("a"):
        pass
    with limiter.admit("a"), limiter.admit_reading("b"):
        pass
    held.close()
    with limiter.admit_reading("a"):
        pass


def test_requests_that_are_only_counted_are_limited_as_well(clock: Seconds) -> None:
    limiter = make_limiter(clock, per_minute=2)
    limiter.count_request("a")
    with limiter.admit_reading("a"), pytest.raises(CustomerRateExceeded):
        limiter.count_request("a")


@pytest.mark.parametrize(("key_streams", "limit"), [(1, 1), (2, 1), (3, 1), (4, 2), (32, 4)])
def test_one_customer_gets_half_of_what_a_key_has(clock: Seconds, key_streams: int, limit: int) -> None:
    limiter = make_limiter(clock)
    held = [limiter.admit("a", key_streams) for _ in range(limit)]
    for each in held:
        each.__enter__()
    with pytest.raises(TooManyCustomerStreams), limiter.admit("a", key_streams):
        pass
    for each in held:
        each.__exit__(None, None, None)


def test_a_failed_request_is_counted_to_its_end(clock: Seconds) -> None:
    limiter = make_limiter(clock, max_streams=1)
    for _ in range(3):
        with pytest.raises(ZeroDivisionError), limiter.admit("a"):
            raise ZeroDivisionError


def test_nothing_is_kept_of_customers_who_are_gone(clock: Seconds) -> None:
    limiter = make_limiter(clock)
    for number in range(1000):
        with limiter.admit(f"customer {number}"):
            pass
    assert limiter.num_known == 1000
    clock.now_s += 61
    with limiter.admit("a"):
        assert limiter.num_known == 1


def test_visitors_are_limited_all_together(clock: Seconds) -> None:
    limiter = make_limiter(clock, anonymous=2)
    limiter.count_anonymous()
    limiter.count_anonymous()
    with pytest.raises(AnonymousRateExceeded) as refused:
        limiter.count_anonymous()
    assert refused.value.retry_after_s == 30
    clock.now_s += 30
    limiter.count_anonymous()
