"""Orders are cancelled, and their addresses changed, only before they are shipped."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from scripts.shop.bodies import AddressBody, CancelBody
from scripts.shop.database import FILE
from scripts.shop.refusal import ShopRefusal
from scripts.shop.shop import Shop

NEW = AddressBody("ann", "上海市徐汇区衡山路 2 号 7 室", "安小姐", "13611112222")


def refusal(shop: Shop, customer: str, number: str) -> tuple[int, str]:
    with pytest.raises(ShopRefusal) as refused:
        shop.cancel(number, CancelBody(customer))
    return refused.value.status, refused.value.code


def test_an_order_is_cancelled_and_its_goods_are_back(shop: Shop) -> None:
    before = shop.check_stock("UM-045-RD")["available"]
    cancelled = shop.cancel("ms100142", CancelBody("ann"))
    assert (cancelled["state"], cancelled["refund"], cancelled["state_zh"]) == ("cancelled", 92, "已取消")
    assert cancelled["note_zh"] == "款项 1 个工作日内原路退回。"
    assert shop.check_stock("UM-045-RD")["available"] == before + 1
    assert not shop.get_order("ann", "MS100142")["can_be_cancelled"]


def test_a_packed_order_can_still_be_cancelled(shop: Shop) -> None:
    assert shop.get_order("bo", "MS100139")["can_be_cancelled"]
    assert shop.cancel("MS100139", CancelBody("bo"))["refund"] == 1280


@pytest.mark.parametrize(
    ("customer", "number", "status", "code"),
    [
        ("ann", "MS100136", 409, "already_shipped"),
        ("ann", "MS100127", 409, "already_shipped"),
        ("bo", "MS100109", 409, "already_shipped"),
        ("bo", "MS100115", 409, "already_cancelled"),
        ("bo", "MS100142", 404, "order_not_found"),
    ],
)
def test_what_cannot_be_cancelled_is_refused(shop: Shop, customer: str, number: str, status: int, code: str) -> None:
    assert refusal(shop, customer, number) == (status, code)


def test_a_second_cancellation_does_not_add_to_the_stock(shop: Shop) -> None:
    shop.cancel("MS100142", CancelBody("ann"))
    before = shop.check_stock("UM-045-RD")["available"]
    assert refusal(shop, "ann", "MS100142") == (409, "already_cancelled")
    assert shop.check_stock("UM-045-RD")["available"] == before


def test_an_address_is_changed_once_and_shown_masked(shop: Shop, tmp_path: Path) -> None:
    shown = shop.change_address("MS100142", NEW)
    address = "上海市徐汇区衡山路***"
    assert shown == {"order": "MS100142", "recipient": "安**", "phone": "136****2222", "address": address}
    assert shop.get_order("ann", "MS100142")["address"] == address
    with closing(sqlite3.connect(tmp_path / FILE)) as connection:
        kept = connection.execute("SELECT recipient, address FROM orders WHERE number = 'MS100142'").fetchone()
    assert kept == (NEW.recipient, NEW.address)
    with pytest.raises(ShopRefusal) as refused:
        shop.change_address("MS100142", NEW)
    assert (refused.value.status, refused.value.code) == (409, "address_changed")


def test_the_person_stays_where_none_is_given(shop: Shop) -> None:
    shown = shop.change_address("MS100142", AddressBody("ann", "杭州市 1 号"))
    assert (shown["recipient"], shown["phone"]) == ("安**", "138****8001")


@pytest.mark.parametrize(
    ("customer", "number", "code"),
    [
        ("ann", "MS100136", "already_shipped"),
        ("bo", "MS100115", "already_shipped"),
        ("bo", "MS100142", "order_not_found"),
    ],
)
def test_an_address_that_cannot_be_changed_is_refused(shop: Shop, customer: str, number: str, code: str) -> None:
    with pytest.raises(ShopRefusal) as refused:
        shop.change_address(number, AddressBody(customer, "somewhere"))
    assert refused.value.code == code
