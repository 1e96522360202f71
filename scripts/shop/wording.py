"""How the shop says states, times and persons."""

from datetime import UTC, datetime, timedelta, timezone

ZONE = timezone(timedelta(hours=8))
"""The shop is in China."""

STATES = {
    "paid": ("已付款，待发货", "paid, not yet packed"),
    "packed": ("已打包，待发货", "packed, not yet shipped"),
    "shipped": ("已发货", "shipped"),
    "delivered": ("已签收", "delivered"),
    "returning": ("退货中", "being returned"),
    "returned": ("已退货", "returned"),
    "cancelled": ("已取消", "cancelled"),
}
"""The states of an order, in Chinese and English."""

MAX_SHOWN_ADDRESS = 9
"""Up to the district: the street and the number are what must not be read by others."""


def write_time(time_s: int) -> str:
    """Return a time as `2026-03-01 17:05`, in the shop's own zone."""
    return datetime.fromtimestamp(time_s, UTC).astimezone(ZONE).strftime("%Y-%m-%d %H:%M")


def write_date(time_s: int | None) -> str:
    """Return the day of a time, empty where there is none."""
    return "" if time_s is None else write_time(time_s)[:10]


def mask_name(name: str) -> str:
    return f"{name[:1]}**"


def mask_phone(phone: str) -> str:
    """Return a phone number with its middle hidden; all of it where it is too short for that."""
    return f"{phone[:3]}****{phone[-4:]}" if len(phone) >= 11 else "****"


def mask_address(address: str) -> str:
    return f"{address[:MAX_SHOWN_ADDRESS]}***"
