"""The log of requests without a valid key: a line a minute for an address, so that nobody can fill the log with them.

Keys are 256 random bits, so guessing needs no other brake: that log and the metrics show it.
"""

import asyncio
import logging

from server.errors import KeyMissing, KeyWrong
from server.request_record import RequestRecord

MINUTE_S = 60.0
MAX_ADDRESSES = 16
"""The most addresses with a line of their own in a minute; the rest are counted together."""

OTHERS = "others"

logger = logging.getLogger("server.access")


class RefusalLog:
    """Logs the first refused request of an address at once, and then each minute how many have followed.

    `period_s` is the length of that minute.
    """

    def __init__(self, period_s: float = MINUTE_S) -> None:
        self._period_s = period_s
        self._counts: dict[str, int] = {}

    def take(self, record: RequestRecord) -> bool:
        """Log or count a request that was refused for its key; return whether it was."""
        if not isinstance(record.response_error, KeyMissing | KeyWrong):
            return False
        if not self._counts:
            self._begin_period()
        is_known = record.client in self._counts or len(self._counts) < MAX_ADDRESSES
        address = record.client if is_known else OTHERS
        if address in self._counts:
            self._counts[address] += 1
        else:
            self._counts[address] = 0
            _log(address, 1)
        return True

    def _begin_period(self) -> None:
        asyncio.get_running_loop().call_later(self._period_s, self._end_period)

    def _end_period(self) -> None:
        """Log the counts, and forget the addresses that have stopped."""
        counts = {address: num_requests for address, num_requests in self._counts.items() if num_requests}
        for address, num_requests in counts.items():
            _log(address, num_requests)
        self._counts = dict.fromkeys(counts, 0)
        if counts:
            self._begin_period()


def _log(client: str, num_requests: int) -> None:
    logger.warning("refused for want of a valid key", extra={"client": client, "requests": num_requests})
