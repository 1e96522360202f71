"""Customers and secrets, in both databases."""

import asyncio
import math
from dataclasses import replace
from typing import Any

import pytest

from server.store.errors import BadCursor, CustomerNotFound
from server.store.service_records import StoredCustomer
from server.store.store import Store, open_store
from tests.helpers.clock import LEASE_S, Clock

pytestmark = pytest.mark.anyio

SHOP = "shop"


def make_customer(name: str = "ann", seen_s: float = 100, **given: Any) -> StoredCustomer:
    values = {"subject": name, "is_anonymous": False, "claims": {"n": 1}, "created_s": seen_s, "seen_s": seen_s}
    return StoredCustomer(**{"id": f"customer:{name}", "shop": SHOP, **values, **given})


async def put(store: Store, *customers: StoredCustomer, issued_s: float = 0) -> None:
    for customer in customers:
        assert await store.customers.put(customer, issued_s)


async def list_subjects(store: Store, shop: str = SHOP, **given: Any) -> list[str]:
    return [customer.subject for customer in (await store.customers.list_page(shop, **given)).customers]


async def test_a_customer_is_stored_and_seen_again(store: Store) -> None:
    first = make_customer()
    assert await store.customers.find(first.id) is None
    await put(store, first)
    assert await store.customers.find(first.id) == first == await store.customers.get(SHOP, first.id)
    await put(store, make_customer(seen_s=200, claims={"level": "gold"}, is_anonymous=True))
    seen = replace(first, seen_s=200, claims={"level": "gold"}, is_anonymous=True)
    assert await store.customers.find(first.id) == seen


async def test_another_shop_s_customer_is_not_found(store: Store) -> None:
    customer = make_customer()
    await put(store, customer)
    for act in (store.customers.get, store.customers.revoke, store.customers.forget):
        with pytest.raises(CustomerNotFound):
            await act("other", customer.id)
        with pytest.raises(CustomerNotFound):
            await act(SHOP, "customer:nobody")
    assert await store.customers.find(customer.id) == customer


async def test_customers_are_listed_the_last_seen_first(store: Store) -> None:
    await put(store, make_customer("ann"), make_customer("Bo%b", 300), make_customer("c", 200, shop="other"))
    await put(store, make_customer("dan", 200), make_customer("eve", 200))
    assert await list_subjects(store) == ["Bo%b", "eve", "dan", "ann"]
    assert await list_subjects(store, "other") == ["c"]
    assert await list_subjects(store, search="b") == ["Bo%b"]
    assert await list_subjects(store, search="%") == ["Bo%b"]
    assert await list_subjects(store, search="_") == []
    page = await store.customers.list_page(SHOP, 3)
    assert page.next_cursor is not None
    assert await list_subjects(store, cursor=page.next_cursor) == ["ann"]
    with pytest.raises(BadCursor):
        await store.customers.list_page(SHOP, cursor="x")


async def test_tokens_from_before_a_revocation_are_not_valid(store: Store) -> None:
    customer = make_customer()
    await put(store, customer)
    revoked = await store.customers.revoke(SHOP, customer.id)
    assert revoked.revoked_s is not None
    for issued_s in (0, revoked.revoked_s - 1, revoked.revoked_s):
        assert not await store.customers.put(make_customer(seen_s=900), issued_s)
    assert await store.customers.find(customer.id) == revoked
    await put(store, make_customer(seen_s=900), issued_s=revoked.revoked_s + 0.1)
    assert await store.customers.find(customer.id) == replace(revoked, seen_s=900)


async def test_a_forgotten_customer_is_nobody_until_a_later_token(store: Store) -> None:
    customer = make_customer()
    await put(store, customer)
    await store.customers.forget(SHOP, customer.id)
    left = await store.customers.find(customer.id)
    assert left is not None
    assert left.revoked_s is not None
    assert (left.subject, left.claims) == ("", {})
    assert await list_subjects(store) == []
    with pytest.raises(CustomerNotFound):
        await store.customers.get(SHOP, customer.id)
    assert not await store.customers.put(customer, left.revoked_s)
    await put(store, customer, issued_s=left.revoked_s + 1)
    assert await list_subjects(store) == ["ann"]


async def test_customers_not_seen_for_long_expire_unless_their_revoked_tokens_could_be_used(
    store: Store, clock: Clock
) -> None:
    now_s = clock.now_s
    for name, age_s in (("old", 100), ("revoked", 100), ("deleted", 100), ("new", 10)):
        await put(store, make_customer(name, now_s - age_s))
    await store.customers.revoke(SHOP, "customer:revoked")
    await store.customers.forget(SHOP, "customer:deleted")
    assert await store.customers.expire(math.inf, 1000) == 0
    assert await store.customers.expire(50, 1000) == 1
    assert await list_subjects(store) == ["new", "revoked"]
    assert await store.customers.find("customer:deleted") is not None
    clock.now_s += 2000
    assert await store.customers.expire(50, 1000) == 3


async def test_visitors_expire_before_known_customers(store: Store, clock: Clock) -> None:
    for name, is_anonymous in (("visitor", True), ("revoked visitor", True), ("known", False)):
        await put(store, replace(make_customer(name, clock.now_s - 100), is_anonymous=is_anonymous))
    await store.customers.revoke(SHOP, "customer:revoked visitor")
    assert await store.customers.expire(math.inf, 1000, 200) == 0
    assert await store.customers.expire(math.inf, 1000, 50) == 1
    assert sorted(await list_subjects(store)) == ["known", "revoked visitor"]


@pytest.mark.parametrize("subject", ["'; DROP TABLE customers; --", "a\0b \ud800", "😀", "字" * 200])
async def test_any_subject_and_claims_are_kept(store: Store, subject: str) -> None:
    await put(store, make_customer("x", subject=subject, claims={"a": [None, {"b": "\0字"}], "c": 1.5}))
    (found,) = (await store.customers.list_page(SHOP)).customers
    assert found.claims == {"a": [None, {"b": "\0字"}], "c": 1.5}


async def test_calls_and_answers_of_a_customer_are_deleted(store: Store) -> None:
    for owner in ("customer:a", "customer:b"):
        await store.cache_answer(owner, "key", "value")
    await store.customers.delete_calls_and_answers("customer:a")
    assert await store.find_cached_answer("customer:a", "key", math.inf) is None
    assert await store.find_cached_answer("customer:b", "key", math.inf) == "value"


async def test_a_secret_is_made_once(store: Store) -> None:
    made = await asyncio.gather(*(store.customers.load_secret("tokens") for _ in range(20)))
    assert len(set(made)) == 1
    assert len(bytes.fromhex(made[0])) == 32
    assert await store.customers.load_secret("others") != made[0]


async def test_two_servers_have_one_secret(postgres_url: str) -> None:
    async with open_store(postgres_url, LEASE_S) as one, open_store(postgres_url, LEASE_S) as other:
        made = await asyncio.gather(*(each.customers.load_secret("tokens") for each in (one, other) * 10))
    assert len(set(made)) == 1
