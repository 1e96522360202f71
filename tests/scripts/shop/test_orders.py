"""Orders as their customer sees them, and nobody else."""

import pytest

from scripts.shop.example_orders import ORDERS, PEOPLE
from scripts.shop.refusal import ShopRefusal
from scripts.shop.shop import Shop


def test_orders_come_in_short_and_the_latest_first(shop: Shop) -> None:
    listed = shop.list_orders("ann")
    assert [order["order"] for order in listed] == ["MS100142", "MS100136", "MS100127", "MS100118", "MS100101"]
    assert listed[0] == {
        "order": "MS100142",
        "state": "paid",
        "state_zh": "已付款，待发货",
        "state_en": "paid, not yet packed",
        "ordered_on": "2026-03-10",
        "items_zh": "红色波点雨伞",
        "items_en": "red dotted umbrella",
        "shipping": 8,
        "total": 92,
    }


def test_an_order_has_its_lines_and_a_masked_address(shop: Shop) -> None:
    order = shop.get_order("ann", "MS100127")
    assert (order["recipient"], order["phone"]) == ("安**", "138****8001")
    assert order["address"] == "浙江省杭州市西湖区***"
    assert (order["total"], order["shipping"], order["can_be_cancelled"]) == (538, 0, False)
    assert order["lines"][1] == {
        "line": 2,
        "product": "TR-300-BK",
        "name_zh": "黑色纯色长裤",
        "name_en": "black plain trousers",
        "size": "32",
        "quantity": 1,
        "price": 239,
        "is_returned": False,
        "is_exchanged": False,
    }


def test_nothing_shows_more_of_a_person_than_is_masked(shop: Shop) -> None:
    for order in ORDERS:
        shown = repr((shop.get_order(order.customer, order.number), shop.track(order.customer, order.number)))
        person = PEOPLE[order.customer]
        for hidden in (person.name, person.phone, person.address):
            assert hidden not in shown


@pytest.mark.parametrize("number", ["ms100127", " MS100127 "])
def test_numbers_may_be_written_in_small_letters(shop: Shop, number: str) -> None:
    assert shop.get_order("ann", number)["order"] == "MS100127"


def refusal(shop: Shop, customer: str, number: str) -> ShopRefusal:
    with pytest.raises(ShopRefusal) as refused:
        shop.get_order(customer, number)
    return refused.value


def test_an_order_of_another_customer_is_as_if_it_were_not_there(shop: Shop) -> None:
    for order in ORDERS:
        for other in ("ann", "bo", "chen", "nobody", "", "' OR 1=1 --"):
            if other == order.customer:
                continue
            theirs, none = refusal(shop, other, order.number), refusal(shop, other, "MS999999")
            assert (theirs.status, theirs.code) == (404, "order_not_found") == (none.status, none.code)
            assert theirs.en.replace(order.number, "MS999999") == none.en
            assert theirs.zh.replace(order.number, "MS999999") == none.zh


@pytest.mark.parametrize("customer", ["nobody", "ANN", "%", "ann' OR '1'='1"])
def test_who_has_no_orders_gets_none(shop: Shop, customer: str) -> None:
    assert shop.list_orders(customer) == []


def test_shipping_is_free_from_99_yuan_as_the_faq_says(shop: Shop) -> None:
    for order in ORDERS:
        shown = shop.get_order(order.customer, order.number)
        goods = sum(line["quantity"] * line["price"] for line in shown["lines"])
        assert shown["shipping"] == (0 if goods >= 99 else 8)
        assert shown["total"] == goods + shown["shipping"]
