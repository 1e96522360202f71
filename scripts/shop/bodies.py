"""What the shop is sent. `customer` is the person that the caller has identified; it is never taken from elsewhere."""

from typing import Annotated

import msgspec
from msgspec import Meta

CUSTOMER = Meta(min_length=1, max_length=200)
ORDER = Meta(min_length=1, max_length=40)
LINE = Meta(ge=1, le=1000)

Customer = Annotated[str, CUSTOMER]


class ReturnBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`line` counts from 1; without it all that is left of the order is returned."""

    customer: Customer
    order: Annotated[str, ORDER]
    line: Annotated[int, LINE] | None = None
    reason: Annotated[str, Meta(max_length=500)] = ""
    defective: bool = False


class ExchangeBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`variant` is the size that is wanted instead."""

    customer: Customer
    order: Annotated[str, ORDER]
    line: Annotated[int, LINE]
    variant: Annotated[str, Meta(min_length=1, max_length=20)]


class CancelBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    customer: Customer


class AddressBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The person and the phone number stay as they are where they are not given."""

    customer: Customer
    address: Annotated[str, Meta(min_length=1, max_length=200)]
    recipient: Annotated[str, Meta(max_length=50)] = ""
    phone: Annotated[str, Meta(max_length=20)] = ""
