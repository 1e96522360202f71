"""The limits of each key on requests at once, requests per minute and tokens per minute, all in this process."""

import math
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from server.errors import RateExceeded, TokenRateExceeded, TooManyStreams
from server.keys.key import Key

MINUTE_S = 60.0


@dataclass
class TokenBucket:
    """A token bucket (https://en.wikipedia.org/wiki/Token_bucket): full, it holds what a minute earns.

    It may owe tokens, which are earned back before it gives any.
    """

    num_left: float
    updated_s: float

    def wait_s(self, per_minute: int, now_s: float) -> float:
        """Return the seconds until it has a token; 0 if it has one now."""
        self._earn(per_minute, now_s)
        return max(0.0, 1 - self.num_left) * MINUTE_S / per_minute

    def take(self, num: int, per_minute: int, now_s: float) -> None:
        """Take tokens, also those that it does not have."""
        self._earn(per_minute, now_s)
        self.num_left -= num

    def _earn(self, per_minute: int, now_s: float) -> None:
        earned = (now_s - self.updated_s) * per_minute / MINUTE_S
        self.num_left, self.updated_s = min(float(per_minute), self.num_left + earned), now_s


class KeyLimiter:
    """Limits what keys use in this process: each of several servers admits as much.

    `max_streams` is for keys without a limit of their own; `clock` gives seconds and never goes back.
    """

    def __init__(self, max_streams: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._max_streams = max_streams
        self._clock = clock
        self._num_open: Counter[str] = Counter()
        self._requests: dict[str, TokenBucket] = {}
        self._tokens: dict[str, TokenBucket] = {}

    def num_open(self, name: str) -> int:
        """Return how many requests of a key are being answered."""
        return self._num_open[name]

    @contextmanager
    def admit(self, key: Key) -> Iterator[None]:
        """Count a request until the block is left, at the last byte of its answer.

        Raises `TooManyStreams`, `RateExceeded`.
        """
        limit = self.get_max_streams(key)
        if self._num_open[key.name] >= limit:
            raise TooManyStreams(limit)
        self.count_request(key)
        self._num_open[key.name] += 1
        try:
            yield
        finally:
            self._num_open[key.name] -= 1

    def get_max_streams(self, key: Key) -> int:
        """Return how many answers a key may be given at once."""
        return key.max_streams or self._max_streams

    @contextmanager
    def hold(self, key: Key, count: int) -> Iterator[None]:
        """Count `count` answers more than one for an admitted request, until the block is left.

        Raises `TooManyStreams`.
        """
        limit = self.get_max_streams(key)
        if self._num_open[key.name] + count > limit:
            raise TooManyStreams(limit)
        self._num_open[key.name] += count
        try:
            yield
        finally:
            self._num_open[key.name] -= count

    def count_request(self, key: Key) -> None:
        """Count a request of this minute that is no answer of the model. Raises `RateExceeded`."""
        if (limit := key.requests_per_minute) is None:
            return
        now_s = self._clock()
        bucket = self._requests.setdefault(key.name, TokenBucket(float(limit), now_s))
        if wait_s := bucket.wait_s(limit, now_s):
            raise RateExceeded(limit, math.ceil(wait_s))
        bucket.take(1, limit, now_s)

    def check_tokens(self, key: Key) -> None:
        """Raise `TokenRateExceeded` while the key has used up its tokens of a minute."""
        if (limit := key.tokens_per_minute) is None or (bucket := self._tokens.get(key.name)) is None:
            return
        if wait_s := bucket.wait_s(limit, self._clock()):
            raise TokenRateExceeded(limit, math.ceil(wait_s))

    def take_tokens(self, key: Key, num_tokens: int) -> None:
        """Count tokens that were read or generated for a key. They may be more than it has left."""
        if (limit := key.tokens_per_minute) is None:
            return
        now_s = self._clock()
        self._tokens.setdefault(key.name, TokenBucket(float(limit), now_s)).take(num_tokens, limit, now_s)
