"""A customer of a shop, as a token says who it is. The shop is the owner of the API key that the token belongs to."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

CUSTOMER_PREFIX = "customer:"
"""What the ids of customers begin with, and the owners of keys do not."""


@dataclass(frozen=True)
class Customer:
    """A customer by a token that was checked. `claims` are what the shop says of it: its verified identity.

    `id` is the owner of the customer's sessions and documents. Nothing that a customer writes changes any of this.
    """

    id: str
    shop: str
    subject: str
    claims: Mapping[str, Any] = field(default_factory=dict)
    is_anonymous: bool = False


def make_customer_id(shop: str, subject: str) -> str:
    """Return the id of a customer: the same for the same shop and subject, and never that of a key's owner."""
    digest = hashlib.sha256(f"{shop}\0{subject}".encode("utf-8", "surrogatepass")).hexdigest()
    return f"{CUSTOMER_PREFIX}{digest[:32]}"
