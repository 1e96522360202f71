"""Returns: what can be returned and until when, as the shop's policy in the knowledge base says."""

import sqlite3
from typing import Any

from scripts.shop.bodies import ReturnBody
from scripts.shop.catalogue import Catalogue
from scripts.shop.orders import find_lines, find_order
from scripts.shop.refusal import refuse_line, refuse_state

DAY_S = 24 * 3600
MAX_AGE_S = 14 * DAY_S
"""How long after delivery goods are taken back without a defect."""

MAX_DEFECTIVE_AGE_S = 30 * DAY_S
"""How long they are taken back with one."""


def start_return(connection: sqlite3.Connection, catalogue: Catalogue, body: ReturnBody, now_s: int) -> dict[str, Any]:
    """Register a return of one line, or of all that are left of the order. Raises `ShopRefusal`."""
    order = find_order(connection, body.customer, body.order)
    number = order["number"]
    lines = _choose(number, find_lines(connection, number), body.line)
    _check_time(order, body.defective, now_s)
    refund = sum(line["quantity"] * line["price"] for line in lines)
    made = connection.execute(
        "INSERT INTO returns (order_number, reason, is_defective, refund, created_at) VALUES (?, ?, ?, ?, ?)",
        (number, body.reason, body.defective, refund, now_s),
    )
    rows = [(number, line["line"], made.lastrowid) for line in lines]
    connection.executemany("INSERT INTO return_lines VALUES (?, ?, ?)", rows)
    connection.execute("UPDATE orders SET state = 'returning' WHERE number = ?", (number,))
    products = [catalogue.products[line["product"]] for line in lines]
    return {
        "return": f"RT{made.lastrowid:06d}",
        "order": number,
        "lines": [line["line"] for line in lines],
        "items_zh": "、".join(product.zh for product in products),
        "items_en": ", ".join(product.en for product in products),
        "reason": body.reason,
        "refund": refund,
        "note_zh": "请在 7 天内寄出。仓库验收后 5 个工作日内退款。",
        "note_en": "Please send it within 7 days. The money is back within 5 working days of the inspection.",
    }


def _choose(number: str, lines: list[sqlite3.Row], wanted: int | None) -> list[sqlite3.Row]:
    """Return the lines to be returned. Raises `ShopRefusal` where there is none that is not in a return or exchange."""
    asked = lines if wanted is None else [line for line in lines if line["line"] == wanted]
    if not asked and wanted is not None:
        raise refuse_line(number, wanted)
    left = [line for line in asked if line["return_number"] is None]
    if not left:
        raise refuse_state(number, "already_returned", "已经申请过退货", "is already being returned")
    if not (free := [line for line in left if line["exchange_number"] is None]):
        raise refuse_state(number, "already_exchanged", "正在换货，不能再退货", "is being exchanged")
    return free


def _check_time(order: sqlite3.Row, is_defective: bool, now_s: int) -> None:
    number, delivered_s = order["number"], order["delivered_at"]
    if delivered_s is None:
        raise refuse_state(number, "not_delivered", "还没有签收，不能退货", "has not been delivered yet")
    age_s = now_s - delivered_s
    if age_s > MAX_DEFECTIVE_AGE_S:
        zh, en = "签收已超过 30 天，不能再退货", "was delivered more than 30 days ago and cannot be returned any more"
        raise refuse_state(number, "too_late", zh, en)
    if age_s > MAX_AGE_S and not is_defective:
        zh, en = "签收已超过 14 天，只受理质量问题", "was delivered more than 14 days ago: only defects are accepted"
        raise refuse_state(number, "only_defects", zh, en)
