"""What the routes of customers answer."""

from typing import Any

from msgspec import Struct

from server.customers.customers import CustomerToken
from server.keys.customer import Customer
from server.store.service_records import StoredCustomer


class ShownCustomer(Struct):
    """A customer. `claims` are what the last token says, times are in Unix seconds.

    Tokens from before `revoked_s` are refused; it is null where none were revoked.
    """

    id: str
    sub: str
    is_anonymous: bool
    claims: dict[str, Any]
    created_s: float
    seen_s: float
    revoked_s: float | None

    @classmethod
    def of(cls, customer: StoredCustomer) -> "ShownCustomer":
        return cls(
            customer.id,
            customer.subject,
            customer.is_anonymous,
            dict(customer.claims),
            customer.created_s,
            customer.seen_s,
            customer.revoked_s,
        )


class Myself(Struct):
    """Who a token says that its customer is."""

    id: str
    sub: str
    is_anonymous: bool
    claims: dict[str, Any]

    @classmethod
    def of(cls, customer: Customer) -> "Myself":
        return cls(customer.id, customer.subject, customer.is_anonymous, dict(customer.claims))


class CustomerList(Struct):
    """A page of a list. `next_cursor` asks for the page after it and is null on the last."""

    customers: list[ShownCustomer]
    next_cursor: str | None


class MadeToken(Struct):
    """A token, which is valid for `expires_in` seconds, and whose it is (RFC 6750)."""

    token: str
    token_type: str
    expires_in: int
    customer: Myself

    @classmethod
    def of(cls, made: CustomerToken) -> "MadeToken":
        return cls(made.token, "Bearer", made.expires_in_s, Myself.of(made.customer))
