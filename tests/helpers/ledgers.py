"""Ledgers without a database."""

from typing import Any

from server.errors import QuotaSpent
from server.keys.account import Account
from server.keys.key import Key
from tests.helpers.keys import key


class FakeLedger:
    """Remembers what was spent."""

    def __init__(self) -> None:
        self.spent: list[int] = []

    async def check(self, _: Key) -> None: ...

    def spend(self, _: Key, num_tokens: int) -> None:
        self.spent.append(num_tokens)


class SpentLedger(FakeLedger):
    async def check(self, _: Key) -> None:
        raise QuotaSpent(10, 10, 5)


def account_of(ledger: Any) -> Account:
    return Account.of(key(), ledger)
