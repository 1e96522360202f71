"""The same key means the same change, made once."""

from pathlib import Path

import pytest

from scripts.shop.bodies import CancelBody, ExchangeBody, ReturnBody
from scripts.shop.refusal import ShopRefusal
from scripts.shop.shop import Shop
from tests.helpers.shop import StillClock, count_rows

LINE = ReturnBody("ann", "MS100127", 1)


def test_a_repeated_request_is_given_the_first_reply(shop: Shop, tmp_path: Path, clock: StillClock) -> None:
    first = shop.start_return(LINE, "k")
    clock.advance(2)
    assert shop.start_return(LINE, "k") == first
    assert Shop(tmp_path, clock).start_return(LINE, "k") == first
    assert count_rows(tmp_path, "replies") == 1


@pytest.mark.parametrize(
    "other",
    [
        ReturnBody("ann", "MS100127", 2),
        ReturnBody("ann", "MS100127", 1, "another reason"),
        ReturnBody("ann", "MS100127", 1, defective=True),
        ReturnBody("bo", "MS100131", 1),
    ],
)
def test_another_request_with_the_key_is_refused(shop: Shop, tmp_path: Path, other: ReturnBody) -> None:
    shop.start_return(LINE, "k")
    before = count_rows(tmp_path, "returns")
    with pytest.raises(ShopRefusal) as refused:
        shop.start_return(other, "k")
    assert (refused.value.status, refused.value.code) == (422, "key_used")
    assert count_rows(tmp_path, "returns") == before


def test_a_key_is_of_one_route_and_one_order(shop: Shop) -> None:
    shop.cancel("MS100142", CancelBody("ann"), "k")
    with pytest.raises(ShopRefusal, match="used for another"):
        shop.start_exchange(ExchangeBody("ann", "MS100127", 1, "M"), "k")
    with pytest.raises(ShopRefusal, match="used for another"):
        shop.cancel("MS100136", CancelBody("ann"), "k")
    assert shop.cancel("MS100142", CancelBody("ann"), "k")["state"] == "cancelled"


def test_a_refused_change_keeps_no_key(shop: Shop, tmp_path: Path) -> None:
    with pytest.raises(ShopRefusal):
        shop.start_return(ReturnBody("ann", "MS100136"), "k")
    assert count_rows(tmp_path, "replies") == 0
    assert shop.start_return(LINE, "k")["order"] == "MS100127"


@pytest.mark.parametrize("key", ["", "x" * 201])
def test_a_key_that_cannot_be_kept_is_refused(shop: Shop, key: str) -> None:
    with pytest.raises(ShopRefusal) as refused:
        shop.start_return(LINE, key)
    assert refused.value.status == 400
