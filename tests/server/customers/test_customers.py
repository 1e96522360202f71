"""Who may come in, when that is stored, and that a revocation counts in all servers."""

import time
from collections.abc import AsyncIterator
from typing import Any

import pytest

from server.customers.customers import SEEN_EVERY_S, Customers
from server.customers.limiter import CustomerLimiter
from server.customers.signing_keys import SigningKeys
from server.errors import AnonymousRefused, CustomerTokenWrong
from server.keys.keyring import KeyRing
from server.settings.settings import Settings
from server.store.store import Store, open_store
from tests.helpers.clock import LEASE_S
from tests.helpers.customers import SHOP_SECRET, make_token
from tests.helpers.keys import make_key

pytestmark = pytest.mark.anyio

KEY = make_key(owner="shop", customer_secret=SHOP_SECRET)


class Now:
    """A clock that is the true one, moved by some seconds."""

    def __init__(self) -> None:
        self.moved_s = 0.0

    def __call__(self) -> float:
        return time.time() + self.moved_s


def make_customers(store: Store, clock: Any = None, has_keys: bool = True, **given: Any) -> Customers:
    keys = SigningKeys(KeyRing([KEY]) if has_keys else None, store.customers)
    return Customers(keys, store, CustomerLimiter(60, 4, 30), Settings(**given), clock or Now())


async def come(customers: Customers, token: str) -> str:
    """Come with a token, and return the id of the customer."""
    visit = await customers.authenticate(token)
    await customers.admit(visit)
    return visit.customer.id


async def fault_of(customers: Customers, token: str) -> str:
    with pytest.raises(CustomerTokenWrong) as refused:
        await come(customers, token)
    return refused.value.fault


async def test_a_customer_who_comes_is_stored(store: Store) -> None:
    customers = make_customers(store)
    customer_id = await come(customers, make_token(claims={"level": "gold"}))
    stored = await customers.get("shop", customer_id)
    assert (stored.subject, stored.claims, stored.is_anonymous) == ("42", {"level": "gold"}, False)
    visit = await customers.authenticate(make_token())
    assert visit.key == KEY
    assert visit.customer.id == customer_id


async def test_being_seen_is_stored_once_a_minute_and_new_claims_at_once(store: Store) -> None:
    clock = Now()
    customers = make_customers(store, clock)
    customer_id = await come(customers, make_token())
    first = await customers.get("shop", customer_id)
    clock.moved_s += SEEN_EVERY_S / 2
    await come(customers, make_token())
    assert await customers.get("shop", customer_id) == first
    await come(customers, make_token(claims={"a": 1}))
    second = await customers.get("shop", customer_id)
    assert (second.claims, second.seen_s > first.seen_s) == ({"a": 1}, True)
    clock.moved_s += SEEN_EVERY_S + 1
    await come(customers, make_token(claims={"a": 1}))
    assert (await customers.get("shop", customer_id)).seen_s > second.seen_s


@pytest.mark.parametrize(
    ("given", "fault"),
    [
        ({"iss": "bob"}, "issuer"),
        ({"iss": None}, "issuer"),
        ({"key": "x" * 32}, "signature"),
        ({"exp": 1000}, "expired"),
        ({"nbf": 2e9}, "early"),
        ({"exp": 2e9}, "lifetime"),
    ],
)
async def test_a_token_that_is_not_valid_is_refused(store: Store, given: dict[str, Any], fault: str) -> None:
    customers = make_customers(store)
    assert await fault_of(customers, make_token(**given)) == fault
    assert (await customers.list_page("shop", 50, None, None)).customers == ()


async def test_a_token_expires(store: Store) -> None:
    clock = Now()
    customers = make_customers(store, clock)
    made = await customers.create_token(KEY, "42", {}, 60)
    await come(customers, made.token)
    clock.moved_s += 71
    assert await fault_of(customers, made.token) == "expired"


async def test_the_server_s_own_time_never_exceeds_what_it_takes(store: Store) -> None:
    customers = make_customers(store, customer_token_s=3600, max_customer_token_s=60)
    made = await customers.create_token(KEY, "42", {})
    assert made.expires_in_s == 60
    await come(customers, made.token)


async def test_an_anonymous_visitor_is_told_from_others(store: Store) -> None:
    customers = make_customers(store, anonymous_customers="ann")
    assert customers.lets_anonymous_in
    made = await customers.create_anonymous_token()
    visit = await customers.authenticate(made.token)
    assert (visit.customer.is_anonymous, visit.customer.claims) == (True, {})
    refusing = make_customers(store, anonymous_customers="gone")
    assert not refusing.lets_anonymous_in
    with pytest.raises(AnonymousRefused, match="no key gone"):
        await refusing.create_anonymous_token()


async def test_an_anonymous_visitor_stays_the_same_for_a_day(store: Store) -> None:
    clock = Now()
    customers = make_customers(store, clock, anonymous_customers="ann")
    first = await customers.create_anonymous_token()
    clock.moved_s += 3500
    second = await customers.renew_anonymous_token(first.token)
    assert (second.customer, second.expires_in_s) == (first.customer, 3600)
    clock.moved_s += 86400 - 3500 - 60
    assert await fault_of(customers, second.token) == "expired"
    last = await customers.renew_anonymous_token(second.token)
    assert (last.customer, last.expires_in_s) == (first.customer, 60)
    await come(customers, last.token)
    clock.moved_s += 60
    for token in (first.token, last.token):
        with pytest.raises(CustomerTokenWrong, match="it has expired"):
            await customers.renew_anonymous_token(token)


async def test_only_an_anonymous_token_of_the_key_that_was_not_revoked_is_renewed(store: Store) -> None:
    customers = make_customers(store, anonymous_customers="ann")
    visitor = await customers.create_anonymous_token()
    await come(customers, visitor.token)
    await customers.revoke("shop", visitor.customer.id)
    named = (await customers.create_token(KEY, "42", {})).token
    forged = make_token(visitor.customer.subject, "another secret, long enough for a signature", anonymous=True)
    others = make_token(visitor.customer.subject, iss="bob", anonymous=True)
    timeless = make_token("anonymous-1", iat=None, anonymous=True)
    for token, cause in (
        (visitor.token, "it was revoked"),
        (named, "not one of an anonymous visitor"),
        (forged, "its signature is wrong"),
        (others, "its iss is not the name of a valid key"),
        (timeless, "it has expired"),
        ("a.b.c", "it is damaged"),
    ):
        with pytest.raises(CustomerTokenWrong, match=cause):
            await customers.renew_anonymous_token(token)
    with pytest.raises(AnonymousRefused):
        await make_customers(store).renew_anonymous_token(visitor.token)


async def test_a_revocation_between_the_look_and_the_writing_counts(store: Store) -> None:
    customers = make_customers(store)
    visit = await customers.authenticate(make_token())
    await customers.admit(visit)
    await store.customers.revoke("shop", visit.customer.id)
    assert not await store.customers.put(await customers.get("shop", visit.customer.id), visit.issued_s)
    with pytest.raises(CustomerTokenWrong):
        await customers.admit(visit)


@pytest.fixture
async def two_servers(postgres_url: str) -> AsyncIterator[tuple[Customers, Customers]]:
    async with open_store(postgres_url, LEASE_S) as one, open_store(postgres_url, LEASE_S) as other:
        yield make_customers(one, has_keys=False), make_customers(other, has_keys=False)


async def test_two_servers_take_each_other_s_tokens_and_revocations(two_servers: tuple[Customers, Customers]) -> None:
    one, other = two_servers
    made = await one.create_token(None, "42", {})
    customer_id = await come(other, made.token)
    await one.revoke("", customer_id)
    assert await fault_of(other, made.token) == "revoked"
    later = await other.create_token(None, "42", {})
    assert await come(one, later.token) == customer_id
    await other.delete("", customer_id)
    assert await fault_of(one, later.token) == "revoked"
    assert (await one.list_page("", 50, None, None)).customers == ()


async def test_a_deletion_that_was_cut_short_can_be_asked_for_again(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    customers, token = make_customers(store), make_token("42")
    customer_id = await come(customers, token)
    await store.create_session(customer_id, "c")
    with monkeypatch.context() as patch:
        patch.setattr(store, "delete_all_sessions", lambda _: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            await customers.delete("shop", customer_id)
    assert await fault_of(customers, token) == "revoked"
    await customers.delete("shop", customer_id)
    assert (await store.list_sessions(customer_id)).sessions == ()
    assert (await customers.list_page("shop", 50, None, None)).customers == ()
