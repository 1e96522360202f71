"""A customer's orders, and never another's."""

import sqlite3
from typing import Any

from scripts.shop.catalogue import Catalogue
from scripts.shop.refusal import refuse_order
from scripts.shop.wording import STATES, mask_address, mask_name, mask_phone, write_date, write_time

MAX_LISTED = 20
FREE_FROM = 99
SHIPPING = 8
"""Orders below `FREE_FROM` yuan pay for shipping."""

BEFORE_SHIPPING = ("paid", "packed")


def find_order(connection: sqlite3.Connection, customer: str, number: str) -> sqlite3.Row:
    """Return an order of the customer. Raises `ShopRefusal`, the same for one of another customer and for none."""
    found = connection.execute(
        "SELECT * FROM orders WHERE number = ? AND customer = ?", (number.strip().upper(), customer)
    ).fetchone()
    if found is None:
        raise refuse_order(number)
    return found  # type: ignore[no-any-return]


def find_lines(connection: sqlite3.Connection, number: str) -> list[sqlite3.Row]:
    """Return the lines of an order, with the numbers of the return and of the exchange that each is in."""
    return connection.execute(
        "SELECT lines.*, return_number, exchanges.number AS exchange_number FROM lines"
        " LEFT JOIN return_lines USING (order_number, line) LEFT JOIN exchanges USING (order_number, line)"
        " WHERE order_number = ? ORDER BY line",
        (number,),
    ).fetchall()


def list_orders(connection: sqlite3.Connection, catalogue: Catalogue, customer: str) -> list[dict[str, Any]]:
    """Return the customer's orders in short, the latest first."""
    found = connection.execute(
        "SELECT * FROM orders WHERE customer = ? ORDER BY ordered_at DESC, number DESC LIMIT ?", (customer, MAX_LISTED)
    ).fetchall()
    return [sum_up(order, find_lines(connection, order["number"]), catalogue) for order in found]


def sum_up(order: sqlite3.Row, lines: list[sqlite3.Row], catalogue: Catalogue) -> dict[str, Any]:
    """Return an order in short: state, day, what is in it, and what it cost in yuan."""
    state_zh, state_en = STATES[order["state"]]
    names = [catalogue.products[line["product"]] for line in lines]
    goods = sum(line["quantity"] * line["price"] for line in lines)
    shipping = 0 if goods >= FREE_FROM else SHIPPING
    return {
        "order": order["number"],
        "state": order["state"],
        "state_zh": state_zh,
        "state_en": state_en,
        "ordered_on": write_date(order["ordered_at"]),
        "items_zh": "、".join(product.zh for product in names),
        "items_en": ", ".join(product.en for product in names),
        "shipping": shipping,
        "total": goods + shipping,
    }


def describe_order(connection: sqlite3.Connection, catalogue: Catalogue, order: sqlite3.Row) -> dict[str, Any]:
    """Return an order whole, with the person and the address masked."""
    lines = find_lines(connection, order["number"])
    return {
        **sum_up(order, lines, catalogue),
        "ordered_at": write_time(order["ordered_at"]),
        "shipped_on": write_date(order["shipped_at"]),
        "delivered_on": write_date(order["delivered_at"]),
        "can_be_cancelled": order["state"] in BEFORE_SHIPPING,
        "recipient": mask_name(order["recipient"]),
        "phone": mask_phone(order["phone"]),
        "address": mask_address(order["address"]),
        "lines": [describe_line(line, catalogue) for line in lines],
    }


def describe_line(line: sqlite3.Row, catalogue: Catalogue) -> dict[str, Any]:
    product = catalogue.products[line["product"]]
    return {
        "line": line["line"],
        "product": product.code,
        "name_zh": product.zh,
        "name_en": product.en,
        "size": line["size"],
        "quantity": line["quantity"],
        "price": line["price"],
        "is_returned": line["return_number"] is not None,
        "is_exchanged": line["exchange_number"] is not None,
    }
