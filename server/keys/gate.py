"""What one key may do at once and in a minute, decided before a request is read."""

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
class Bucket:
    """A token bucket: full it lets a minute's requests through at once, and then each as it is earned."""

    num_left: float
    seen_s: float

    def take(self, per_minute: int, now_s: float) -> float:
        """0 where a request may go, or the seconds until one may."""
        earned = (now_s - self.seen_s) * per_minute / MINUTE_S
        self.num_left, self.seen_s = min(float(per_minute), self.num_left + earned), now_s
        if self.num_left < 1:
            return (1 - self.num_left) * MINUTE_S / per_minute
        self.num_left -= 1
        return 0.0


class Gate:
    """Counts in this process: each of several servers lets through as much. `clock` is monotonic, in seconds."""

    def __init__(self, max_streams: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._max_streams = max_streams
        self._clock = clock
        self._num_inside: Counter[str] = Counter()
        self._buckets: dict[str, Bucket] = {}

    def num_inside(self, name: str) -> int:
        """The requests of a key that are in hand."""
        return self._num_inside[name]

    @contextmanager
    def entered(self, key: Key) -> Iterator[None]:
        """From the request to the last byte of its answer. Raises `TooManyStreams`, `RateExceeded`."""
        limit = key.max_streams or self._max_streams
        if self._num_inside[key.name] >= limit:
            raise TooManyStreams(limit)
        self._check_rate(key)
        self._num_inside[key.name] += 1
        try:
            yield
        finally:
            self._num_inside[key.name] -= 1

    def _check_rate(self, key: Key) -> None:
        if key.requests_per_minute is None:
            return
        now_s = self._clock()
        bucket = self._buckets.setdefault(key.name, Bucket(float(key.requests_per_minute), now_s))
        wait_s = bucket.take(key.requests_per_minute, now_s)
        if wait_s:
            raise RateExceeded(key.requests_per_minute, math.ceil(wait_s))
