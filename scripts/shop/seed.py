"""The shop's first start, and its youth: example orders keep their distance from today, however long the file lives."""

import sqlite3
import zlib

from scripts.shop.catalogue import Catalogue
from scripts.shop.example_orders import ORDERS, PEOPLE, SOLD_OUT, ExampleOrder
from scripts.shop.shipments import plan_events

HOUR_S = 3600
DAY_S = 24 * HOUR_S
CARRIERS = ("SF", "ZTO")


def seed(connection: sqlite3.Connection, catalogue: Catalogue, now_s: int) -> None:
    """Put in the example orders and the stock, unless they are in already."""
    begun = connection.execute("INSERT OR IGNORE INTO facts VALUES ('seeded_at', ?)", (now_s,))
    if begun.rowcount:
        _add_stock(connection, catalogue)
        for order in ORDERS:
            _add_order(connection, catalogue, order, now_s)


def keep_young(connection: sqlite3.Connection, now_s: int) -> None:
    """Move all times forward by the whole days since the last time, so that no order is ever too old for its part."""
    (seeded_s,) = connection.execute("SELECT value FROM facts WHERE name = 'seeded_at'").fetchone()
    moved_s = (now_s - seeded_s) // DAY_S * DAY_S
    if moved_s <= 0:
        return
    columns = "ordered_at = ordered_at + :s, shipped_at = shipped_at + :s, delivered_at = delivered_at + :s"
    for statement in (
        f"UPDATE orders SET {columns}",
        "UPDATE events SET happened_at = happened_at + :s",
        "UPDATE returns SET created_at = created_at + :s",
        "UPDATE exchanges SET created_at = created_at + :s",
        "UPDATE facts SET value = value + :s WHERE name = 'seeded_at'",
    ):
        connection.execute(statement, {"s": moved_s})


def _add_stock(connection: sqlite3.Connection, catalogue: Catalogue) -> None:
    rows = [(product.code, size) for product in catalogue.products.values() for size in product.sizes or ("",)]
    counted = [(code, size, 0 if (code, size) in SOLD_OUT else _count(code, size)) for code, size in rows]
    connection.executemany("INSERT INTO stock VALUES (?, ?, ?)", counted)


def _count(code: str, size: str) -> int:
    """Return a number of pieces that looks as if it were counted, and is the same at every first start."""
    return 2 + zlib.crc32(f"{code} {size}".encode()) % 19


def _add_order(connection: sqlite3.Connection, catalogue: Catalogue, order: ExampleOrder, now_s: int) -> None:
    person = PEOPLE[order.customer]
    ordered, shipped, delivered = (
        None if hours is None else now_s - hours * HOUR_S for hours in (order.ordered, order.shipped, order.delivered)
    )
    carrier = CARRIERS[int(order.number[2:]) % len(CARRIERS)] if shipped else None
    tracking = f"{carrier}{zlib.crc32(order.number.encode()):010d}" if shipped else None
    connection.execute(
        "INSERT INTO orders (number, customer, state, ordered_at, shipped_at, delivered_at, recipient, phone, address,"
        " carrier, tracking) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            *(order.number, order.customer, order.state, ordered, shipped, delivered),
            *(person.name, person.phone, person.address, carrier, tracking),
        ),
    )
    for line, (product, size, quantity) in enumerate(order.lines, start=1):
        price = catalogue.products[product].price
        row = (order.number, line, product, size, quantity, price)
        connection.execute("INSERT INTO lines VALUES (?, ?, ?, ?, ?, ?)", row)
    events = [(order.number, *event) for event in plan_events(shipped, delivered, now_s)]
    connection.executemany("INSERT INTO events VALUES (?, ?, ?, ?)", events)
    if order.state in ("returning", "returned"):
        _add_return(connection, order, now_s)


def _add_return(connection: sqlite3.Connection, order: ExampleOrder, now_s: int) -> None:
    (refund,) = connection.execute(
        "SELECT sum(quantity * price) FROM lines WHERE order_number = ?", (order.number,)
    ).fetchone()
    created_s = now_s - (order.delivered or 0) * HOUR_S + DAY_S
    made = connection.execute(
        "INSERT INTO returns (order_number, reason, is_defective, refund, created_at) VALUES (?, '', 0, ?, ?)",
        (order.number, refund, created_s),
    )
    connection.execute(
        "INSERT INTO return_lines SELECT order_number, line, ? FROM lines WHERE order_number = ?",
        (made.lastrowid, order.number),
    )
