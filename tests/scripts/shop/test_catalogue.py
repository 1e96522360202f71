"""The shop sells what the example knowledge base describes, at the same prices and in the same sizes."""

import re

import pytest

from scripts.shop.catalogue import SHEETS, read_catalogue, read_sizes
from scripts.shop.example_orders import ORDERS, SOLD_OUT

CATALOGUE = read_catalogue()


@pytest.mark.parametrize(
    ("code", "zh", "en", "price"),
    [
        ("SH-101-BL", "蓝色条纹衬衫", "blue striped shirt", 299),
        ("SH-101-RD", "红色条纹衬衫", "red striped shirt", 289),
        ("BE-015", "针扣牛皮腰带", "Pinbuckle leather belt", 119),
        ("GS-300-MI", "薄荷绿雾语挂烫机 300", "mint Mist garment steamer 300", 479),
        ("GS-200", "雾语挂烫机 200", "Mist garment steamer 200", 329),
    ],
)
def test_products_have_the_names_and_prices_of_their_sheets(code: str, zh: str, en: str, price: int) -> None:
    product = CATALOGUE.products[code]
    assert (product.zh, product.en, product.price) == (zh, en, price)


def test_every_price_of_the_sheets_is_sold() -> None:
    text = "".join(path.read_text(encoding="utf-8") for path in (SHEETS / "clothing.toml", SHEETS / "appliances.csv"))
    assert len(CATALOGUE.products) == len(re.findall(r"\d+ 元", text))


def test_a_product_with_variants_is_found_as_all_of_them() -> None:
    assert [each.code for each in CATALOGUE.find("SH-101")] == ["SH-101-BL", "SH-101-GN", "SH-101-RD"]
    assert [each.code for each in CATALOGUE.find("GS-300")] == ["GS-300-WH", "GS-300-MI"]
    assert [each.code for each in CATALOGUE.find("GS-200")] == ["GS-200"]


def test_what_is_no_longer_made_is_known_and_not_sold() -> None:
    assert "LR-30" in CATALOGUE.families
    assert CATALOGUE.find("LR-30") == []
    assert CATALOGUE.find("XX-1") == []


@pytest.mark.parametrize(
    ("text", "sizes"),
    [
        ("S to XXL", ("S", "M", "L", "XL", "XXL")),
        ("XS to L", ("XS", "S", "M", "L")),
        ("28 to 36", ("28", "30", "32", "34", "36")),
        ("35-38, 39-42", ("35-38", "39-42")),
        ("one size, head 57 cm", ()),
        ("head 56 to 60 cm, adjustable", ()),
        ("", ()),
    ],
)
def test_sizes_are_read_from_words(text: str, sizes: tuple[str, ...]) -> None:
    assert read_sizes(text) == sizes


def test_example_orders_are_of_products_and_sizes_that_there_are() -> None:
    for order in ORDERS:
        for code, size, _ in order.lines:
            sizes = CATALOGUE.products[code].sizes
            assert (size in sizes) if sizes else size is None, (order.number, code)
    for code, size in SOLD_OUT:
        assert size in (CATALOGUE.products[code].sizes or ("",))
