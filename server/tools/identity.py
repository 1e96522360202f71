"""The arguments of tools that come from a customer's verified identity, and never from the model or what one writes."""

from collections.abc import Mapping
from typing import Any

from server.keys.customer import Customer
from server.tools.declaration import Declaration


def find_identity(declaration: Declaration, customer: Customer | None) -> dict[str, Any] | None:
    """Return the arguments that a tool takes from who asks; None where they are not known.

    An anonymous visitor has no verified identity: the subject of such a token is the server's own invention.
    """
    if not declaration.identity:
        return {}
    if customer is None or customer.is_anonymous:
        return None
    found = {name: _read(source, customer) for name, source in declaration.identity.items()}
    return None if None in found.values() else found


def _read(source: str, customer: Customer) -> str | int | None:
    """Return the subject or a claim; only texts and whole numbers identify anybody."""
    value: Any = {"sub": customer.subject, "claims": customer.claims}
    for part in source.split("."):
        value = value.get(part) if isinstance(value, Mapping) else None
    is_known = isinstance(value, str | int) and not isinstance(value, bool) and value != ""
    return value if is_known else None
