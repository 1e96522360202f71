"""Ledgers without a database, and accounts that spend on them."""

from typing import Any

from server.errors import QuotaSpent
from server.keys.account import Account
from server.keys.key import Key
from server.keys.limiter import KeyLimiter
from tests.helpers.keys import make_key


class FakeLedger:
    """A ledger that records the spent tokens and never refuses."""

    def __init__(self) -> None:
        self.spent: list[int] = []

    async def check(self, _: Key) -> None: ...

    def spend(self, _: Key, num_tokens: int) -> None:
        self.spent.append(num_tokens)


class SpentLedger(FakeLedger):
    """A ledger on which every quota is spent."""

    async def check(self, _: Key) -> None:
        raise QuotaSpent(10, 10, 5)


def make_account(ledger: Any, limiter: KeyLimiter | None = None, **given: Any) -> Account:
    """Return the account of a key with these fields, that spends on `ledger`."""
    return Account.from_key(make_key(**given), ledger, limiter)
