"""Where parcels are."""

import pytest

from scripts.shop.refusal import ShopRefusal
from scripts.shop.shipments import COURSE, USUAL_WAY_S, plan_events
from scripts.shop.shop import Shop


def test_a_parcel_on_its_way_says_what_happened_last(shop: Shop) -> None:
    shipment = shop.track("ann", "MS100136")
    assert (shipment["state"], shipment["carrier_zh"], shipment["carrier_en"]) == ("shipped", "顺丰", "SF Express")
    assert [event["zh"] for event in shipment["events"]] == ["已揽收", "已到达分拨中心"]
    assert shipment["tracking"].startswith("SF")
    number = shipment["tracking"]
    assert shipment["progress_zh"] == f"顺丰 {number}，2026-03-10 00:00 已到达分拨中心"
    assert shipment["progress_en"] == f"SF Express {number}, 2026-03-10 00:00: arrived at the sorting centre"


def test_a_delivered_parcel_has_its_whole_way(shop: Shop) -> None:
    events = shop.track("ann", "MS100127")["events"]
    assert [event["en"] for event in events] == [*(en for _, _, en in COURSE), "delivered"]
    assert events == sorted(events, key=lambda event: event["at"])
    assert events[-1]["at"][:10] == shop.get_order("ann", "MS100127")["delivered_on"]


@pytest.mark.parametrize(("customer", "number"), [("ann", "MS100142"), ("bo", "MS100139"), ("bo", "MS100115")])
def test_what_was_not_shipped_has_no_parcel(shop: Shop, customer: str, number: str) -> None:
    shipment = shop.track(customer, number)
    assert (shipment["tracking"], shipment["events"]) == ("", [])
    assert (shipment["progress_zh"], shipment["progress_en"]) == ("尚未发货", "not shipped yet")


def test_another_customers_parcel_is_not_there(shop: Shop) -> None:
    with pytest.raises(ShopRefusal) as refused:
        shop.track("bo", "MS100136")
    assert refused.value.status == 404


def test_only_what_has_happened_is_planned() -> None:
    assert list(plan_events(None, None, 1000)) == []
    assert [time_s for time_s, _, _ in plan_events(0, None, USUAL_WAY_S)] == [0, 54000, 129600, 194400]
    assert len(list(plan_events(0, None, 1))) == 1
    assert list(plan_events(0, 100, 100))[-1] == (100, "已签收", "delivered")
