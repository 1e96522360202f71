"""The shop is stocked once, and its orders stay as old as they were."""

from pathlib import Path

import pytest

from scripts.shop.bodies import CancelBody, ReturnBody
from scripts.shop.example_orders import ORDERS, PEOPLE
from scripts.shop.shop import Shop
from tests.helpers.shop import StillClock, count_rows


def test_the_first_start_stocks_the_shop_and_the_next_ones_change_nothing(tmp_path: Path, clock: StillClock) -> None:
    shop = Shop(tmp_path, clock)
    shop.cancel("MS100142", CancelBody("ann"))
    again = Shop(tmp_path, clock)
    assert again.get_order("ann", "MS100142")["state"] == "cancelled"
    assert count_rows(tmp_path, "orders") == len(ORDERS)


def test_three_customers_have_orders_in_every_state(shop: Shop) -> None:
    assert len(ORDERS) == 12
    listed = {customer: shop.list_orders(customer) for customer in PEOPLE}
    assert {customer: len(orders) for customer, orders in listed.items()} == {"ann": 5, "bo": 4, "chen": 3}
    states = {order["state"] for orders in listed.values() for order in orders}
    assert states == {"paid", "packed", "shipped", "delivered", "returning", "returned", "cancelled"}


@pytest.mark.parametrize("days", [1, 13, 400])
def test_orders_stay_young_while_the_shop_runs(shop: Shop, clock: StillClock, days: int) -> None:
    before = shop.get_order("ann", "MS100127")
    clock.advance(days)
    after = shop.get_order("ann", "MS100127")
    assert before["delivered_on"] != after["delivered_on"]
    assert shop.start_return(ReturnBody("ann", "MS100127"))["refund"] == 299 + 239


def test_orders_stay_young_when_the_shop_is_started_again(tmp_path: Path, clock: StillClock) -> None:
    shop = Shop(tmp_path, clock)
    assert shop.get_order("ann", "MS100127")["delivered_on"] == "2026-03-06"
    assert shop.track("chen", "MS100134")["events"][0]["at"] == "2026-03-08 10:00"
    clock.advance(100)
    again = Shop(tmp_path, clock)
    assert again.get_order("ann", "MS100127")["delivered_on"] == "2026-06-14"
    assert again.track("chen", "MS100134")["events"][0]["at"] == "2026-06-16 10:00"


def test_a_clock_that_is_set_back_changes_nothing(shop: Shop, clock: StillClock) -> None:
    before = shop.list_orders("ann")
    clock.advance(-3)
    assert shop.list_orders("ann") == before


def test_a_return_ages_with_its_order(tmp_path: Path, clock: StillClock) -> None:
    shop = Shop(tmp_path, clock)
    returned = shop.start_return(ReturnBody("bo", "MS100131"))
    clock.advance(50)
    assert Shop(tmp_path, clock).get_order("bo", "MS100131")["state"] == "returning"
    assert returned["refund"] == 2 * 259
