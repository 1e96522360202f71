"""The tokens of a day are counted over restarts and servers, and refused when the quota is used up."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from server.errors import QuotaSpent, TokenRateExceeded
from server.keys.account import ANONYMOUS, DAY_S, Account, Accounts, Ledger
from server.keys.customer import Customer, make_customer_id
from server.keys.keyring import KeyRing
from server.keys.limiter import KeyLimiter
from server.store.errors import DatabaseUnreachable
from server.store.service_records import StoredCustomer
from server.store.store import Store, open_store
from tests.helpers.keys import make_key

pytestmark = pytest.mark.anyio

NOON_S = 20_000.5 * DAY_S
FRUGAL = make_key(tokens_per_day=100)


class Clock:
    def __init__(self, now_s: float = NOON_S) -> None:
        self.now_s = now_s

    def __call__(self) -> float:
        return self.now_s


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    async with open_store(tmp_path / "sessions.db") as opened:
        yield opened


async def test_a_quota_ends_at_its_number_and_is_renewed_at_midnight(store: Store) -> None:
    clock = Clock()
    account = Account.from_key(FRUGAL, Ledger(store, clock))
    account.spend(60)
    account.spend(39)
    await account.check_quota()
    account.spend(1)
    with pytest.raises(QuotaSpent, match="used 100 tokens, its limit is 100") as refused:
        await account.check_quota()
    assert refused.value.retry_after_s == DAY_S / 2
    clock.now_s += DAY_S / 2
    await account.check_quota()


async def test_spent_tokens_outlive_the_server(tmp_path: Path) -> None:
    for _ in range(2):
        async with open_store(tmp_path / "sessions.db") as store:
            account = Account.from_key(FRUGAL, Ledger(store, Clock()))
            await account.check_quota()
            account.spend(50)
    async with open_store(tmp_path / "sessions.db") as store:
        with pytest.raises(QuotaSpent):
            await Account.from_key(FRUGAL, Ledger(store, Clock())).check_quota()


async def test_each_key_spends_its_own_quota(store: Store) -> None:
    ledger = Ledger(store, Clock())
    Account.from_key(make_key("bob"), ledger).spend(1000)
    await Account.from_key(FRUGAL, ledger).check_quota()
    await Account.from_key(make_key("bob"), ledger).check_quota()
    with pytest.raises(QuotaSpent):
        await Account.from_key(make_key("bob", tokens_per_day=1000), ledger).check_quota()


async def test_without_a_key_nothing_is_spent() -> None:
    ANONYMOUS.spend(5)
    ANONYMOUS.use(5)
    await ANONYMOUS.check_quota()
    ANONYMOUS.check_rate()
    assert (ANONYMOUS.owner, ANONYMOUS.is_operator) == ("", False)


async def test_an_account_has_the_owner_and_role_of_its_key(store: Store) -> None:
    ledger = Ledger(store)
    assert Account.from_key(make_key(owner="shop"), ledger).owner == "shop"
    assert not Account.from_key(make_key(), ledger).is_operator
    assert Account.from_key(make_key(role="operator"), ledger).is_operator


async def test_a_database_that_fails_is_logged_and_the_answer_goes_on(
    store: Store, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(*_: object) -> None:
        raise DatabaseUnreachable("there", "gone")

    monkeypatch.setattr(store, "spend_tokens", fail)
    account = Account.from_key(FRUGAL, Ledger(store, Clock()))
    account.spend(7)
    await account.check_quota()
    assert "7 tokens of key ann were not counted" in caplog.text


async def test_the_tokens_of_a_minute_are_those_of_the_key(store: Store) -> None:
    limiter, ledger = KeyLimiter(9, Clock()), Ledger(store, Clock())
    account, other = (
        Account.from_key(make_key(name, tokens_per_minute=10), ledger, limiter) for name in ("ann", "bob")
    )
    account.use(9)
    account.check_rate()
    account.use(7)
    with pytest.raises(TokenRateExceeded) as refused:
        account.check_rate()
    assert refused.value.retry_after_s == 42
    other.check_rate()
    await account.check_quota()


async def test_the_accounts_of_an_owner_are_those_of_all_keys_of_it(store: Store) -> None:
    ledger, limiter = Ledger(store), KeyLimiter(8)
    ring = KeyRing([make_key("a", owner="ann"), make_key("b"), make_key("c", owner="ann", role="operator")])
    accounts = Accounts(ring, ledger, limiter)
    found = [
        (account.key.name, account.is_operator) for account in await accounts.list_of("ann") if account.key is not None
    ]
    assert found == [("a", False), ("c", True)]
    assert await accounts.list_of("nobody") == []
    assert await Accounts(None, ledger, limiter).list_of("ann") == [Account("ann")]


async def test_the_accounts_of_a_customer_are_those_of_the_shop(store: Store) -> None:
    ledger, limiter = Ledger(store), KeyLimiter(8)
    ring = KeyRing([make_key("a", owner="shop"), make_key("b")])
    accounts = Accounts(ring, ledger, limiter, store.customers)
    customer = Customer(make_customer_id("shop", "42"), "shop", "42")
    assert await accounts.list_of(customer.id) == []
    stored = StoredCustomer(customer.id, "shop", "42", is_anonymous=False, claims={}, created_s=1, seen_s=1)
    assert await store.customers.put(stored, 1)
    (account,) = await accounts.list_of(customer.id)
    assert account.key == ring.find_named("a")


async def test_a_customer_s_account_is_the_customer_s_and_no_operator_s(store: Store) -> None:
    customer = Customer(make_customer_id("shop", "42"), "shop", "42")
    key = make_key("a", owner="shop", role="operator")
    account = Account.from_customer(customer, key, Ledger(store), KeyLimiter(8))
    assert (account.owner, account.shop, account.is_operator, account.key) == (customer.id, "shop", False, key)
    assert Account.from_customer(customer, None, Ledger(store)).max_streams == float("inf")
