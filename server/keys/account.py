"""The accounts of requests: whose sessions they see, and whose tokens they spend."""

import asyncio
import logging
import math
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass

from server.errors import QuotaSpent
from server.keys.customer import CUSTOMER_PREFIX, Customer
from server.keys.key import Key
from server.keys.keyring import KeyRing
from server.keys.limiter import KeyLimiter
from server.store.customer_store import CustomerStore
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
    """Whom a request is answered for. On a server without keys there is no `key`, and nothing is counted.

    With a `customer` it is that customer's, who belongs to the owner of the key: `owner` is the customer's id.
    """

    owner: str = ""
    is_operator: bool = False
    key: Key | None = None
    ledger: Ledger | None = None
    limiter: KeyLimiter | None = None
    customer: Customer | None = None

    @classmethod
    def from_key(cls, key: Key, ledger: Ledger, limiter: KeyLimiter | None = None) -> "Account":
        """Make the account of a key."""
        return cls(key.owner, key.role == "operator", key, ledger, limiter)

    @classmethod
    def from_customer(
        cls, customer: Customer, key: Key | None, ledger: Ledger, limiter: KeyLimiter | None = None
    ) -> "Account":
        """Make the account of a customer, whose tokens are spent by the key."""
        return cls(customer.id, False, key, ledger, limiter, customer)

    @property
    def shop(self) -> str:
        """The owner of the key, whose customers and desk these are; empty where the server has no keys."""
        return self.owner if self.customer is None else self.customer.shop

    @property
    def max_streams(self) -> float:
        """How many answers it may be given at once."""
        return math.inf if self.limiter is None or self.key is None else self.limiter.get_max_streams(self.key)

    def hold_streams(self, count: int) -> AbstractContextManager[None]:
        """Count `count` answers more than the one that the request was admitted for, until the block is left.

        Entering it raises `TooManyStreams`.
        """
        return nullcontext() if self.limiter is None or self.key is None else self.limiter.hold(self.key, count)

    def check_rate(self) -> None:
        """Raise `TokenRateExceeded` while the key has used up its tokens of a minute."""
        if self.limiter is not None and self.key is not None:
            self.limiter.check_tokens(self.key)

    async def check_quota(self) -> None:
        """Raise `QuotaSpent` if the key has spent its quota. Raises `DatabaseUnreachable` if it has one."""
        if self.ledger is not None and self.key is not None:
            await self.ledger.check(self.key)

    def use(self, num_tokens: int) -> None:
        """Count tokens against the key's tokens of a minute, as soon as they are known."""
        if self.limiter is not None and self.key is not None:
            self.limiter.take_tokens(self.key, num_tokens)

    def spend(self, num_tokens: int) -> None:
        """Count tokens against the key's quota of the day, once they are all known."""
        if self.ledger is not None and self.key is not None:
            self.ledger.spend(self.key, num_tokens)


class Accounts:
    """The accounts of owners, for work that no request waits for. Without `keys` there is one of all.

    `customers` tell whose customers are whose: their work is charged to the keys of their shop.
    """

    def __init__(
        self, keys: KeyRing | None, ledger: Ledger, limiter: KeyLimiter, customers: CustomerStore | None = None
    ) -> None:
        self._keys = keys
        self._ledger = ledger
        self._limiter = limiter
        self._customers = customers

    async def list_of(self, owner: str) -> list[Account]:
        """Return the accounts of all keys that the owner has now, or the shop of the owner where that is a customer.

        Raises `DatabaseUnreachable`.
        """
        if self._keys is None:
            return [Account(owner)]
        shop = await self._find_shop(owner)
        keys = (key for key in self._keys.keys if key.owner == shop)
        return [Account.from_key(key, self._ledger, self._limiter) for key in keys]

    async def _find_shop(self, owner: str) -> str | None:
        if self._customers is None or not owner.startswith(CUSTOMER_PREFIX):
            return owner
        customer = await self._customers.find(owner)
        return None if customer is None else customer.shop


ANONYMOUS = Account()
"""The account of everybody on a server that may be reached without keys."""
