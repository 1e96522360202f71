"""Exchanges for another size: once an order, while there is one."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from scripts.shop.bodies import ExchangeBody, ReturnBody
from scripts.shop.refusal import ShopRefusal
from scripts.shop.shop import Shop


def refusal(shop: Shop, body: ExchangeBody) -> tuple[int, str]:
    with pytest.raises(ShopRefusal) as refused:
        shop.start_exchange(body)
    return refused.value.status, refused.value.code


def available(shop: Shop, code: str, size: str) -> int:
    (found,) = [kind["available"] for kind in shop.check_stock(code)["kinds"] if kind["size"] == size]
    return int(found)


def test_a_size_is_exchanged_and_kept_back(shop: Shop) -> None:
    before = available(shop, "SH-101-BL", "XL")
    assert shop.start_exchange(ExchangeBody("ann", "MS100127", 1, "xl")) == {
        "exchange": "EX000001",
        "order": "MS100127",
        "line": 1,
        "product": "SH-101-BL",
        "name_zh": "蓝色条纹衬衫",
        "name_en": "blue striped shirt",
        "from_size": "L",
        "size": "XL",
        "note_zh": "快递员会上门取件，来回运费由我们承担。",
        "note_en": "The courier collects it at your door; we pay the postage both ways.",
    }
    assert available(shop, "SH-101-BL", "XL") == before - 1


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (ExchangeBody("ann", "MS100127", 1, "L"), 409, "no_such_size"),
        (ExchangeBody("ann", "MS100127", 1, "XS"), 409, "no_such_size"),
        (ExchangeBody("ann", "MS100127", 1, "SH-101-GN"), 409, "no_such_size"),
        (ExchangeBody("ann", "MS100127", 1, "XXL"), 409, "sold_out"),
        (ExchangeBody("ann", "MS100127", 9, "M"), 404, "line_not_found"),
        (ExchangeBody("ann", "MS100136", 1, "S"), 409, "not_delivered"),
        (ExchangeBody("ann", "MS100118", 1, "S"), 409, "too_late"),
        (ExchangeBody("bo", "MS100127", 1, "M"), 404, "order_not_found"),
    ],
)
def test_what_cannot_be_exchanged_is_refused(shop: Shop, body: ExchangeBody, status: int, code: str) -> None:
    assert refusal(shop, body) == (status, code)


def test_an_order_is_exchanged_once(shop: Shop) -> None:
    shop.start_exchange(ExchangeBody("ann", "MS100127", 1, "M"))
    assert refusal(shop, ExchangeBody("ann", "MS100127", 2, "34")) == (409, "already_exchanged")


def test_what_is_being_returned_is_not_exchanged(shop: Shop) -> None:
    shop.start_return(ReturnBody("ann", "MS100127", 1))
    assert refusal(shop, ExchangeBody("ann", "MS100127", 1, "M")) == (409, "already_returned")


def test_what_is_being_exchanged_is_not_returned(shop: Shop) -> None:
    shop.start_exchange(ExchangeBody("ann", "MS100127", 1, "M"))
    with pytest.raises(ShopRefusal) as refused:
        shop.start_return(ReturnBody("ann", "MS100127", 1))
    assert (refused.value.status, refused.value.code) == (409, "already_exchanged")
    assert shop.start_return(ReturnBody("ann", "MS100127"))["lines"] == [2]


def test_threads_exchange_once_and_take_one_piece(shop: Shop) -> None:
    def start(_: int) -> str:
        try:
            return str(shop.start_exchange(ExchangeBody("ann", "MS100127", 1, "M"))["exchange"])
        except ShopRefusal as refused:
            return refused.code

    before = available(shop, "SH-101-BL", "M")
    with ThreadPoolExecutor(12) as threads:
        ends = list(threads.map(start, range(12)))
    assert sorted(ends) == ["EX000001", *["already_exchanged"] * 11]
    assert available(shop, "SH-101-BL", "M") == before - 1
