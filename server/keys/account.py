"""The accounts of requests: whose sessions they see, and whose tokens they spend."""

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
    """The tokens that each key has spent on each day in UTC, kept in the database that servers share.

    `clock` gives Unix seconds.
    """

    def __init__(self, store: Store, clock: Callable[[], float] = time.time) -> None:
        self._store = store
        self._clock = clock
        self._writing: set[asyncio.Task[None]] = set()

    async def check(self, key: Key) -> None:
        """Raise `QuotaSpent` if the key has spent its quota of today; requests being answered do not count yet."""
        if key.tokens_per_day is None:
            return
        if self._writing:
            await asyncio.wait(self._writing)
        day, past_s = divmod(self._clock(), DAY_S)
        num_spent = await self._store.get_spent_tokens(key.name, int(day))
        if num_spent >= key.tokens_per_day:
            raise QuotaSpent(num_spent, key.tokens_per_day, math.ceil(DAY_S - past_s))

    def spend(self, key: Key, num_tokens: int) -> None:
        """Count tokens of a key in the background; closing the store waits for it."""
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
    """Whom a request is answered for. On a server without keys there is no `key`, and nothing is counted."""

    owner: str = ""
    is_operator: bool = False
    key: Key | None = None
    ledger: Ledger | None = None

    @classmethod
    def from_key(cls, key: Key, ledger: Ledger) -> "Account":
        """Make the account of a key."""
        return cls(key.owner, key.role == "operator", key, ledger)

    async def check_quota(self) -> None:
        """Raise `QuotaSpent` if the key has spent its quota. Raises `DatabaseUnreachable` if it has one."""
        if self.ledger is not None and self.key is not None:
            await self.ledger.check(self.key)

    def spend(self, num_tokens: int) -> None:
        """Count tokens of the key, if there is one."""
        if self.ledger is not None and self.key is not None:
            self.ledger.spend(self.key, num_tokens)


ANONYMOUS = Account()
"""The account of everybody on a server that may be reached without keys."""
