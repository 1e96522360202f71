"""The limits of each customer on requests at once and requests per minute, all in this process."""

import math
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from server.errors import AnonymousRateExceeded, CustomerRateExceeded, TooManyCustomerStreams
from server.keys.limiter import MINUTE_S, TokenBucket

SHARE = 2
"""One customer may have half of the requests at once that a key has: another customer finds room too."""

READING_SHARE = 4
"""How many requests for what is stored a customer may have at once for each that is answered: pages load pictures."""


class CustomerLimiter:
    """Limits what customers use in this process. `clock` gives seconds and never goes back.

    Nothing is kept of customers who ask nothing for a minute: by then they may ask as much as new ones.
    """

    def __init__(
        self, per_minute: int, max_streams: int, anonymous_per_minute: int, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._per_minute = per_minute
        self._max_streams = max_streams
        self._anonymous_per_minute = anonymous_per_minute
        self._clock = clock
        self._answered: Counter[str] = Counter()
        self._read: Counter[str] = Counter()
        self._buckets: dict[str, TokenBucket] = {}
        self._anonymous = TokenBucket(float(anonymous_per_minute), clock())
        self._swept_s = clock()

    @property
    def num_known(self) -> int:
        """How many customers something is kept of."""
        return len(self._buckets.keys() | self._answered.keys() | self._read.keys())

    @contextmanager
    def admit(self, customer_id: str, key_streams: int | None = None) -> Iterator[None]:
        """Count a request until the block is left. `key_streams` are those that its key has for all customers.

        Raises `TooManyCustomerStreams`, `CustomerRateExceeded`.
        """
        share = self._max_streams if key_streams is None else max(1, key_streams // SHARE)
        with self._hold(self._answered, customer_id, min(self._max_streams, share)):
            yield

    @contextmanager
    def admit_reading(self, customer_id: str) -> Iterator[None]:
        """Count a request for what is stored until the block is left; it takes no place of one that is answered.

        Raises `TooManyCustomerStreams`, `CustomerRateExceeded`.
        """
        with self._hold(self._read, customer_id, READING_SHARE * self._max_streams):
            yield

    def count_request(self, customer_id: str) -> None:
        """Count a request whose number at once is limited elsewhere. Raises `CustomerRateExceeded`."""
        limit, now_s = self._per_minute, self._clock()
        self._forget_idle(now_s)
        bucket = self._buckets.setdefault(customer_id, TokenBucket(float(limit), now_s))
        if wait_s := bucket.wait_s(limit, now_s):
            raise CustomerRateExceeded(limit, math.ceil(wait_s))
        bucket.take(1, limit, now_s)

    def count_anonymous(self) -> None:
        """Count a visitor who gets a token. Raises `AnonymousRateExceeded`."""
        limit, now_s = self._anonymous_per_minute, self._clock()
        if wait_s := self._anonymous.wait_s(limit, now_s):
            raise AnonymousRateExceeded(limit, math.ceil(wait_s))
        self._anonymous.take(1, limit, now_s)

    @contextmanager
    def _hold(self, held: Counter[str], customer_id: str, limit: int) -> Iterator[None]:
        if held[customer_id] >= limit:
            raise TooManyCustomerStreams(limit)
        self.count_request(customer_id)
        held[customer_id] += 1
        try:
            yield
        finally:
            held[customer_id] -= 1
            if not held[customer_id]:
                del held[customer_id]

    def _forget_idle(self, now_s: float) -> None:
        if now_s - self._swept_s >= MINUTE_S:
            self._swept_s = now_s
            self._buckets = {name: each for name, each in self._buckets.items() if now_s - each.updated_s < MINUTE_S}
