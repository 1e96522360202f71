"""The limits of each key on requests at once and per minute, checked before a request is read."""

import math
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from server.errors import RateExceeded, TooManyStreams
from server.keys.key import Key

MINUTE_S = 60.0


@dataclass
class TokenBucket:
    """A token bucket (https://en.wikipedia.org/wiki/Token_bucket): full, it admits a minute's requests at once."""

    num_left: float
    updated_s: float

    def take(self, per_minute: int, now_s: float) -> float:
        """Take a token and return 0, or return the seconds until there will be one."""
        earned = (now_s - self.updated_s) * per_minute / MINUTE_S
        self.num_left, self.updated_s = min(float(per_minute), self.num_left + earned), now_s
        if self.num_left < 1:
            return (1 - self.num_left) * MINUTE_S / per_minute
        self.num_left -= 1
        return 0.0


class KeyLimiter:
    """Limits requests by their key, in this process: each of several servers admits as many.

    `max_streams` is for keys without a limit of their own; `clock` gives seconds and never goes back.
    """

    def __init__(self, max_streams: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._max_streams = max_streams
        self._clock = clock
        self._num_open: Counter[str] = Counter()
        self._buckets: dict[str, TokenBucket] = {}

    def num_open(self, name: str) -> int:
        """Return how many requests of a key are being answered."""
        return self._num_open[name]

    @contextmanager
    def admit(self, key: Key) -> Iterator[None]:
        """Count a request until the block is left, at the last byte of its answer.

        Raises `TooManyStreams`, `RateExceeded`.
        """
        limit = key.max_streams or self._max_streams
        if self._num_open[key.name] >= limit:
            raise TooManyStreams(limit)
        self._check_rate(key)
        self._num_open[key.name] += 1
        try:
            yield
        finally:
            self._num_open[key.name] -= 1

    def _check_rate(self, key: Key) -> None:
        if key.requests_per_minute is None:
            return
        now_s = self._clock()
        bucket = self._buckets.setdefault(key.name, TokenBucket(float(key.requests_per_minute), now_s))
        wait_s = bucket.take(key.requests_per_minute, now_s)
        if wait_s:
            raise RateExceeded(key.requests_per_minute, math.ceil(wait_s))
