"""Exchanges for another size: once an order, while the size is in stock."""

import sqlite3
from typing import Any

from scripts.shop.bodies import ExchangeBody
from scripts.shop.catalogue import Catalogue, Product
from scripts.shop.orders import find_lines, find_order
from scripts.shop.refusal import ShopRefusal, refuse_line, refuse_state
from scripts.shop.returns import MAX_AGE_S
from scripts.shop.stock import change_stock, count_available


def start_exchange(
    connection: sqlite3.Connection, catalogue: Catalogue, body: ExchangeBody, now_s: int
) -> dict[str, Any]:
    """Register an exchange of a line for another size, and keep that one back. Raises `ShopRefusal`."""
    order = find_order(connection, body.customer, body.order)
    number = order["number"]
    line = _find_line(number, find_lines(connection, number), body.line)
    product, size = catalogue.products[line["product"]], body.variant.strip().upper()
    _check(connection, order, now_s)
    _check_size(connection, product, line, size)
    made = connection.execute(
        "INSERT INTO exchanges (order_number, line, size, created_at) VALUES (?, ?, ?, ?)",
        (number, body.line, size, now_s),
    )
    change_stock(connection, product.code, size, -line["quantity"])
    return {
        "exchange": f"EX{made.lastrowid:06d}",
        "order": number,
        "line": body.line,
        "product": product.code,
        "name_zh": product.zh,
        "name_en": product.en,
        "from_size": line["size"],
        "size": size,
        "note_zh": "快递员会上门取件，来回运费由我们承担。",
        "note_en": "The courier collects it at your door; we pay the postage both ways.",
    }


def _find_line(number: str, lines: list[sqlite3.Row], wanted: int) -> sqlite3.Row:
    found = next((line for line in lines if line["line"] == wanted), None)
    if found is None:
        raise refuse_line(number, wanted)
    if found["return_number"] is not None:
        raise refuse_state(number, "already_returned", "已经申请过退货", "is already being returned")
    return found


def _check(connection: sqlite3.Connection, order: sqlite3.Row, now_s: int) -> None:
    number, delivered_s = order["number"], order["delivered_at"]
    if delivered_s is None:
        raise refuse_state(number, "not_delivered", "还没有签收，不能换货", "has not been delivered yet")
    if now_s - delivered_s > MAX_AGE_S:
        zh, en = "签收已超过 14 天，不能再换货", "was delivered more than 14 days ago and cannot be exchanged any more"
        raise refuse_state(number, "too_late", zh, en)
    if connection.execute("SELECT 1 FROM exchanges WHERE order_number = ?", (number,)).fetchone():
        zh, en = "已经换过一次，每个订单只能换一次", "was exchanged before, which is possible once"
        raise refuse_state(number, "already_exchanged", zh, en)


def _check_size(connection: sqlite3.Connection, product: Product, line: sqlite3.Row, size: str) -> None:
    if size not in product.sizes or size == line["size"]:
        others = ", ".join(each for each in product.sizes if each != line["size"]) or "-"
        zh, en = f"不能换成 {size}，可选：{others}。", f"It cannot be exchanged for {size}; there is: {others}."
        raise ShopRefusal(409, "no_such_size", zh, en)
    if count_available(connection, product.code, size) < line["quantity"]:
        zh, en = f"{size} 暂时没有货，可以改为退货。", f"{size} is sold out for now; it can be returned instead."
        raise ShopRefusal(409, "sold_out", zh, en)
