"""Queries about customers, and the secrets that servers of one database share.

A deleted customer leaves a row without a subject, for as long as customers are kept: it keeps the tokens from before
from being used again, and no more of the customer than the id.
"""

from dataclasses import asdict, replace
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, delete, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from server.store.database import insert_into
from server.store.errors import CustomerNotFound
from server.store.paging import make_cursor, select_page
from server.store.service_records import CustomerPage, StoredCustomer
from server.store.service_tables import customers, secrets

DELETED_SUBJECT = ""


async def make_secret(connection: AsyncConnection, name: str, value: str) -> str:
    """Return the secret of a name, `value` where there was none: the first of several servers decides."""
    await connection.execute(insert_into(connection, secrets).values(name=name, value=value).on_conflict_do_nothing())
    stored: str = (await connection.execute(select(secrets.c.value).where(secrets.c.name == name))).scalar_one()
    return stored


async def find(connection: AsyncConnection, customer_id: str) -> StoredCustomer | None:
    """Return a customer of any shop, also one who was deleted; None if there never was one."""
    row = (await connection.execute(select(customers).where(customers.c.id == customer_id))).one_or_none()
    return None if row is None else _read(row)


async def put(connection: AsyncConnection, customer: StoredCustomer, issued_s: float) -> bool:
    """Store who came with a token from `issued_s`, unless tokens of that time are revoked; tell whether it was stored.

    `created_s` and `revoked_s` stay as they were.
    """
    values = {**asdict(customer), "claims": dict(customer.claims), "revoked_s": None}
    insert = insert_into(connection, customers).values(**values)
    changed = {name: insert.excluded[name] for name in ("subject", "claims", "is_anonymous", "seen_s")}
    is_valid = or_(customers.c.revoked_s.is_(None), customers.c.revoked_s < issued_s)
    stored = insert.on_conflict_do_update(index_elements=["id"], set_=changed, where=is_valid)
    return (await connection.execute(stored.returning(customers.c.id))).one_or_none() is not None


async def get(connection: AsyncConnection, shop: str, customer_id: str) -> StoredCustomer:
    """Return a customer of a shop. Raises `CustomerNotFound`."""
    row = (await connection.execute(select(customers).where(_is_one(shop, customer_id)))).one_or_none()
    if row is None:
        raise CustomerNotFound(customer_id)
    return _read(row)


async def list_page(
    connection: AsyncConnection, shop: str, limit: int, cursor: str | None, search: str | None
) -> CustomerPage:
    """Return a page of a shop's customers, the last seen first. Raises `BadCursor`.

    With `search` only those whose subject has it.
    """
    statement: Select[Any] = select(customers).where(customers.c.shop == shop, customers.c.subject != DELETED_SUBJECT)
    if search is not None:
        statement = statement.where(customers.c.subject.icontains(search, autoescape=True))
    statement = select_page(statement, customers.c.seen_s, customers.c.id, limit, cursor)
    found = [_read(row) for row in await connection.execute(statement)]
    shown = tuple(found[:limit])
    return CustomerPage(shown, make_cursor(shown[-1].seen_s, shown[-1].id) if len(found) > limit else None)


async def revoke(connection: AsyncConnection, shop: str, customer_id: str, now_s: float) -> StoredCustomer:
    """Refuse the customer's tokens from before `now_s`; return the customer. Raises `CustomerNotFound`."""
    customer = await get(connection, shop, customer_id)
    await connection.execute(update(customers).where(_is_one(shop, customer_id)).values(revoked_s=now_s))
    return replace(customer, revoked_s=now_s)


async def forget(connection: AsyncConnection, shop: str, customer_id: str, now_s: float) -> None:
    """Forget who a customer is, and refuse the tokens from before `now_s`. Raises `CustomerNotFound`."""
    await get(connection, shop, customer_id)
    nobody = {"subject": DELETED_SUBJECT, "claims": {}, "is_anonymous": False, "revoked_s": now_s}
    await connection.execute(update(customers).where(_is_one(shop, customer_id)).values(**nobody))


async def remove_old(connection: AsyncConnection, oldest_s: float, oldest_token_s: float, visitor_s: float) -> int:
    """Delete the customers not seen since `oldest_s`, anonymous visitors since `visitor_s`; return how many those were.

    Those stay who were revoked after `oldest_token_s`: tokens from before that may still be valid otherwise.
    """
    is_needed = customers.c.revoked_s >= min(oldest_s, oldest_token_s)
    is_old = or_(customers.c.seen_s < oldest_s, customers.c.is_anonymous & (customers.c.seen_s < visitor_s))
    is_over = is_old & or_(customers.c.revoked_s.is_(None), ~is_needed)
    return (await connection.execute(delete(customers).where(is_over))).rowcount


def _is_one(shop: str, customer_id: str) -> ColumnElement[bool]:
    is_it = (customers.c.shop == shop) & (customers.c.id == customer_id)
    return is_it & (customers.c.subject != DELETED_SUBJECT)


def _read(row: Row[Any]) -> StoredCustomer:
    return StoredCustomer(**row._mapping)
