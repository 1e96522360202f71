"""Stock by product, variant and size."""

import pytest

from scripts.shop.example_orders import SOLD_OUT
from scripts.shop.refusal import ShopRefusal
from scripts.shop.shop import Shop


def test_a_variant_has_its_sizes(shop: Shop) -> None:
    stock = shop.check_stock("SH-101-BL")
    assert [kind["size"] for kind in stock["kinds"]] == ["S", "M", "L", "XL", "XXL"]
    assert stock["available"] == sum(kind["available"] for kind in stock["kinds"])
    assert stock["stock_zh"] == f"有货，还有 {stock['available']} 件"
    assert stock["stock_en"] == f"in stock, {stock['available']} left"
    assert (stock["name_zh"], stock["name_en"]) == ("蓝色条纹衬衫", "blue striped shirt")


def test_a_product_has_all_of_its_variants(shop: Shop) -> None:
    variants = [shop.check_stock(code)["available"] for code in ("SH-101-BL", "SH-101-GN", "SH-101-RD")]
    whole = shop.check_stock("sh-101 ")
    assert (whole["available"], whole["name_en"]) == (sum(variants), "Harbour striped shirt")
    assert len(whole["kinds"]) == 15


def test_what_is_sold_out_says_so(shop: Shop) -> None:
    assert shop.check_stock("GS-300-MI")["stock_zh"] == "暂时没有货"
    for code, size in SOLD_OUT:
        found = {kind["size"]: kind["available"] for kind in shop.check_stock(code)["kinds"]}
        assert found[size or None] == 0


def test_what_is_no_longer_made_has_none(shop: Shop) -> None:
    stock = shop.check_stock("LR-30")
    assert (stock["available"], stock["kinds"], stock["stock_en"]) == (0, [], "sold out for now")


@pytest.mark.parametrize("code", ["XX-999", "", "SH-101-ZZ", "%"])
def test_an_unknown_product_is_refused(shop: Shop, code: str) -> None:
    with pytest.raises(ShopRefusal) as refused:
        shop.check_stock(code)
    assert (refused.value.status, refused.value.code) == (404, "product_not_found")
