"""Log lines that clients can cause at will, written once in a while."""

import logging
import time

INTERVAL_S = 60.0


class RareLog:
    """Logs a message at most once in `interval_s`, then with the number of times it was left out since."""

    def __init__(self, logger: logging.Logger, interval_s: float = INTERVAL_S) -> None:
        self._logger = logger
        self._interval_s = interval_s
        self._written_s: dict[str, float] = {}
        self._num_left_out: dict[str, int] = {}

    def write(self, message: str) -> None:
        """`message` is one of few: each is remembered for ever."""
        now = time.monotonic()
        if now - self._written_s.get(message, -self._interval_s) < self._interval_s:
            self._num_left_out[message] = self._num_left_out.get(message, 0) + 1
            return
        self._written_s[message] = now
        num_left_out = self._num_left_out.pop(message, 0)
        self._logger.warning("%s%s", message, f" ({num_left_out} more times before)" if num_left_out else "")
