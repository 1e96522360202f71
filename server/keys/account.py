"""What a request goes on: whose sessions it sees, and whose tokens it spends."""

import asyncio
import logging
import math
import time
from collections.abc import Callable
from dataclasses import dataclass

from server.errors import QuotaSpent
from server.keys.key import Key
from server.store.errors import DatabaseError
from server.store.store import Store

DAY_S = 86400

logger = logging.getLogger("server")


class Ledger:
    """The tokens that each key has spent, by days of UTC, in the database: servers share it, and restarts keep it.

    `clock` gives Unix seconds.
    """

    def __init__(self, store: Store, clock: Callable[[], float] = time.time) -> None:
        self._store = store
        self._clock = clock
        self._writing: set[asyncio.Task[None]] = set()

    async def check(self, key: Key) -> None:
        """Raises `QuotaSpent`. What is being answered now counts when it ends, so a quota may be overrun by that."""
        if key.tokens_per_day is None:
            return
        if self._writing:
            await asyncio.wait(self._writing)
        day, past_s = divmod(self._clock(), DAY_S)
        num_spent = await self._store.tokens_spent(key.name, int(day))
        if num_spent >= key.tokens_per_day:
            raise QuotaSpent(num_spent, key.tokens_per_day, math.ceil(DAY_S - past_s))

    def spend(self, key: Key, num_tokens: int) -> None:
        """Also from where nobody can wait; the store does when it is closed."""
        writing = self._store.database.start(self._write(key.name, num_tokens))
        self._writing.add(writing)
        writing.add_done_callback(self._writing.discard)

    async def _write(self, name: str, num_tokens: int) -> None:
        try:
            await self._store.spend_tokens(name, int(self._clock() // DAY_S), num_tokens)
        except DatabaseError as error:
            logger.warning("%d tokens of key %s were not counted: %s", num_tokens, name, error)


@dataclass(frozen=True)
class Account:
    """Without a `key` where the server has none: then nothing is counted."""

    owner: str = ""
    is_operator: bool = False
    key: Key | None = None
    ledger: Ledger | None = None

    @classmethod
    def of(cls, key: Key, ledger: Ledger) -> "Account":
        return cls(key.owner, key.role == "operator", key, ledger)

    async def check_quota(self) -> None:
        """Raises `QuotaSpent`, and `DatabaseUnreachable` where there is a quota."""
        if self.ledger is not None and self.key is not None:
            await self.ledger.check(self.key)

    def spend(self, num_tokens: int) -> None:
        if self.ledger is not None and self.key is not None:
            self.ledger.spend(self.key, num_tokens)


ANONYMOUS = Account()
"""Whoever asks a server without keys that anybody can reach."""
