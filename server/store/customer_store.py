"""Customers who came with tokens, and what the server signs with, as a part of the store's interface."""

import math
import secrets
from collections.abc import Callable

from sqlalchemy import delete

from server.store import answers, customers
from server.store.database import Database
from server.store.service_records import CustomerPage, StoredCustomer
from server.store.service_tables import actions

NUM_SECRET_BYTES = 32


class CustomerStore:
    """Stores and reads customers. Every method raises `DatabaseUnreachable` when the database fails.

    `clock` gives Unix seconds.
    """

    def __init__(self, database: Database, clock: Callable[[], float]) -> None:
        self.database = database
        self.clock = clock

    async def load_secret(self, name: str) -> str:
        """Return the secret of that name in hexadecimal, made where there is none: one for all servers."""
        value = secrets.token_hex(NUM_SECRET_BYTES)
        return await self.database.write(lambda c: customers.make_secret(c, name, value))

    async def find(self, customer_id: str) -> StoredCustomer | None:
        """Return a customer of any shop, also one who was deleted, whose subject is empty; None if there is none."""
        return await self.database.read(lambda c: customers.find(c, customer_id))

    async def put(self, customer: StoredCustomer, issued_s: float) -> bool:
        """Store who came with a token from `issued_s`; tell whether tokens of that time are still valid."""
        return await self.database.write(lambda c: customers.put(c, customer, issued_s))

    async def get(self, shop: str, customer_id: str) -> StoredCustomer:
        """Return a customer of a shop. Raises `CustomerNotFound`."""
        return await self.database.read(lambda c: customers.get(c, shop, customer_id))

    async def list_page(
        self, shop: str, limit: int = 50, cursor: str | None = None, search: str | None = None
    ) -> CustomerPage:
        """Return the page after the one that gave `cursor`, the last seen first. Raises `BadCursor`.

        With `search` only those whose subject has it, which raises `SearchTimedOut` if it takes long.
        """
        read = self.database.search if search else self.database.read
        return await read(lambda c: customers.list_page(c, shop, limit, cursor, search))

    async def revoke(self, shop: str, customer_id: str) -> StoredCustomer:
        """Refuse all tokens of a customer from before now; return the customer. Raises `CustomerNotFound`."""
        return await self.database.write(lambda c: customers.revoke(c, shop, customer_id, self.clock()))

    async def forget(self, shop: str, customer_id: str) -> None:
        """Forget who a customer is, and refuse all tokens from before now. Raises `CustomerNotFound`."""
        await self.database.delete(lambda c: customers.forget(c, shop, customer_id, self.clock()))

    async def delete_calls_and_answers(self, customer_id: str) -> None:
        """Delete the calls of business tools and the cached answers that a customer has."""
        await self.database.delete(lambda c: c.execute(delete(actions).where(actions.c.owner == customer_id)))
        await self.database.delete(lambda c: answers.remove_owned(c, customer_id))

    async def expire(self, max_age_s: float, max_token_s: float, max_visitor_age_s: float = math.inf) -> int:
        """Delete customers not seen for `max_age_s`, whose revoked tokens are not valid anyway; return how many.

        `max_token_s` is the longest time that a token is valid. Anonymous visitors are kept for `max_visitor_age_s` at
        most: nobody comes back as one.
        """
        ages_s = (max_age_s, max_token_s, min(max_age_s, max_visitor_age_s))
        oldest_s, token_s, visitor_s = (self.clock() - age_s for age_s in ages_s)
        return await self.database.delete(lambda c: customers.remove_old(c, oldest_s, token_s, visitor_s))
