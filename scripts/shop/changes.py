"""What can be changed of an order before it is shipped: it can be cancelled, and its address changed once."""

import sqlite3
from typing import Any

from scripts.shop.bodies import AddressBody, CancelBody
from scripts.shop.catalogue import Catalogue
from scripts.shop.orders import BEFORE_SHIPPING, find_lines, find_order, sum_up
from scripts.shop.refusal import refuse_state
from scripts.shop.stock import change_stock
from scripts.shop.wording import mask_address, mask_name, mask_phone


def cancel_order(connection: sqlite3.Connection, catalogue: Catalogue, number: str, body: CancelBody) -> dict[str, Any]:
    """Cancel an order and put its goods back on the shelf. Raises `ShopRefusal`."""
    order = find_order(connection, body.customer, number)
    if order["state"] == "cancelled":
        raise refuse_state(order["number"], "already_cancelled", "已经取消了", "is cancelled already")
    _check_not_shipped(order)
    lines = find_lines(connection, order["number"])
    for line in lines:
        change_stock(connection, line["product"], line["size"], line["quantity"])
    connection.execute("UPDATE orders SET state = 'cancelled' WHERE number = ?", (order["number"],))
    summary = sum_up(find_order(connection, body.customer, number), lines, catalogue)
    return {
        **summary,
        "refund": summary["total"],
        "note_zh": "款项 1 个工作日内原路退回。",
        "note_en": "The money is back within 1 working day.",
    }


def change_address(connection: sqlite3.Connection, number: str, body: AddressBody) -> dict[str, Any]:
    """Send an order elsewhere, to another person where one is given. Raises `ShopRefusal`."""
    order = find_order(connection, body.customer, number)
    _check_not_shipped(order)
    if order["has_new_address"]:
        zh, en = "的地址已经改过一次，不能再改", "had its address changed before, which is possible once"
        raise refuse_state(order["number"], "address_changed", zh, en)
    recipient, phone = body.recipient or order["recipient"], body.phone or order["phone"]
    connection.execute(
        "UPDATE orders SET recipient = ?, phone = ?, address = ?, has_new_address = 1 WHERE number = ?",
        (recipient, phone, body.address, order["number"]),
    )
    return {
        "order": order["number"],
        "recipient": mask_name(recipient),
        "phone": mask_phone(phone),
        "address": mask_address(body.address),
    }


def _check_not_shipped(order: sqlite3.Row) -> None:
    if order["state"] not in BEFORE_SHIPPING:
        zh, en = "已经不在待发货状态，不能再修改", "is no longer waiting to be shipped and cannot be changed"
        raise refuse_state(order["number"], "already_shipped", zh, en)
