"""Where a parcel is: its carrier, its number and what happened to it."""

import sqlite3
from collections.abc import Iterator
from typing import Any

from scripts.shop.wording import STATES, write_time

CARRIERS = {"SF": ("顺丰", "SF Express"), "ZTO": ("中通", "ZTO")}
WAITING = ("尚未发货", "not shipped yet")
COURSE = (
    (0.0, "已揽收", "picked up from the warehouse"),
    (0.25, "已到达分拨中心", "arrived at the sorting centre"),
    (0.6, "已到达目的地城市", "arrived in the city of the address"),
    (0.9, "正在派送", "out for delivery"),
)
"""What happens to a parcel, each at a part of its way from the warehouse to the door."""

USUAL_WAY_S = 60 * 3600


def plan_events(shipped_s: int | None, delivered_s: int | None, now_s: int) -> Iterator[tuple[int, str, str]]:
    """Return what has happened by now to a parcel, with the times; nothing before it is shipped."""
    if shipped_s is None:
        return
    way_s = (delivered_s - shipped_s) if delivered_s is not None else USUAL_WAY_S
    for part, zh, en in COURSE:
        happened_s = shipped_s + round(part * way_s)
        if happened_s <= now_s:
            yield happened_s, zh, en
    if delivered_s is not None:
        yield delivered_s, "已签收", "delivered"


def describe_shipment(connection: sqlite3.Connection, order: sqlite3.Row) -> dict[str, Any]:
    """Return the shipment of an order. `progress_` says in a few words where the parcel is."""
    rows = connection.execute(
        "SELECT happened_at, zh, en FROM events WHERE order_number = ? ORDER BY happened_at, rowid", (order["number"],)
    )
    events = [{"at": write_time(row["happened_at"]), "zh": row["zh"], "en": row["en"]} for row in rows]
    carrier = CARRIERS.get(order["carrier"], ("", ""))
    state_zh, state_en = STATES[order["state"]]
    return {
        "order": order["number"],
        "state": order["state"],
        "state_zh": state_zh,
        "state_en": state_en,
        "carrier_zh": carrier[0],
        "carrier_en": carrier[1],
        "tracking": order["tracking"] or "",
        "progress_zh": f"{carrier[0]} {order['tracking']}，{events[-1]['at']} {events[-1]['zh']}"
        if events
        else WAITING[0],
        "progress_en": f"{carrier[1]} {order['tracking']}, {events[-1]['at']}: {events[-1]['en']}"
        if events
        else WAITING[1],
        "events": events,
    }
