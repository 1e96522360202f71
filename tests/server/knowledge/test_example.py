"""The example shop says what the cards under docs/samples say, and does not contradict itself."""

import csv
import re
import tomllib
from collections import Counter
from importlib.resources import files
from typing import Any

import pytest

from scripts.demo.cards import SAMPLES, make_card

SHOP = files("server.knowledge") / "example" / "shop"
Row = dict[str, Any]


def read(name: str) -> str:
    return (SHOP / name).read_text(encoding="utf-8")


def read_rows(name: str) -> list[Row]:
    return list(csv.DictReader(read(name).splitlines()))


CLOTHING: list[Row] = tomllib.loads(read("clothing.toml"))["product"]
APPLIANCES, FAULTS, ENTRIES = (read_rows(f"{name}.csv") for name in ("appliances", "faults", "faq"))
PARTS = re.compile(r"\|")


def list_variants() -> list[Row]:
    return [variant for product in CLOTHING for variant in product.get("variant", ())]


def list_codes() -> list[str]:
    return [*(row["code"] for row in (*CLOTHING, *list_variants())), *(row["编号"] for row in APPLIANCES)]


@pytest.mark.parametrize(("colour", "pattern", "kind", "price"), SAMPLES)
def test_each_card_is_a_variant_at_the_price_on_it(colour: str, pattern: str, kind: str, price: int) -> None:
    card = make_card(colour, pattern, kind, price)
    (variant,) = (each for each in list_variants() if card.zh in (each["name"], *each["aliases"]))
    names = (variant["name_en"], *variant["aliases"])
    assert card.en.removeprefix(f"{card.kind.article} ") in names
    assert variant["price"] == f"{price} 元"
    assert (variant["颜色"], variant["colour"]) == (card.colour.zh, card.colour.en)


def test_codes_are_given_once_and_what_is_referred_to_exists() -> None:
    codes = list_codes()
    assert len(set(codes)) == len(codes)
    columns = ("款式属于", "适配", "替代", "搭配")
    referred = [code for row in CLOTHING for code in row.get("goes_with", ())]
    referred += [code for row in APPLIANCES for column in columns for code in PARTS.split(row[column]) if code]
    referred += [code for row in FAULTS for code in PARTS.split(row["适用型号"])]
    assert len(referred) > 40
    assert set(referred) <= set(codes)


def test_a_name_means_one_thing() -> None:
    names = [name for row in (*CLOTHING, *list_variants()) for name in (row["name"], row["name_en"], *row["aliases"])]
    for row in APPLIANCES:
        names += [row["名称"], row["name_en"], *filter(None, PARTS.split(row["别名"]))]
    assert [name for name, count in Counter(map(str.casefold, names)).items() if count > 1] == []


def test_everything_is_said_in_both_languages() -> None:
    pairs = (("材质", "material"), ("适合季节", "season"), ("洗护", "care"), ("尺码", "sizes"), ("产地", "origin"))
    for product in CLOTHING:
        assert all((chinese in product) == (english in product) for chinese, english in pairs)
    assert all(bool(row["参数"]) == bool(row["specifications"]) for row in APPLIANCES)
    assert all(
        row[column] for row in FAULTS for column in ("故障现象", "symptom", "原因", "cause", "解决办法", "remedy")
    )
    returns = [re.findall(r"^## ", read(f"returns.{language}.md"), re.MULTILINE) for language in ("zh", "en")]
    assert len(returns[0]) == len(returns[1]) == 7


def test_it_has_the_size_that_its_pages_say() -> None:
    assert len(CLOTHING) + sum(not row["款式属于"] for row in APPLIANCES) == 32
    assert len(ENTRIES) == 40
    assert sum(row["逐字回答"] == "是" for row in ENTRIES) == 10
    assert all(
        row[column] for row in ENTRIES for column in ("问题", "答案", "其他问法", "question", "answer", "wordings")
    )


def test_questions_are_asked_once() -> None:
    asked = [text for row in ENTRIES for text in (row["问题"], row["question"])]
    asked += [text for row in ENTRIES for column in ("其他问法", "wordings") for text in PARTS.split(row[column])]
    assert len(set(asked)) == len(asked) > 150


def test_rules_that_are_said_twice_are_the_same() -> None:
    entries = {row["问题"]: row for row in ENTRIES}
    for question, chinese, english in (
        ("多少天内可以退货？", "14 天内", "within 14 days of receipt"),
        ("退款多久到账？", "5 个工作日内", "within 5 working days"),
        ("退款多久到账？", "3 个工作日内验收", "within 3 working days"),
        ("尺码不合适可以换吗？", "每个订单", "once per order"),
    ):
        assert chinese in entries[question]["答案"]
        assert chinese in read("returns.zh.md")
        assert english in entries[question]["answer"]
        assert english in read("returns.en.md")


def test_the_size_table_covers_the_sizes_of_the_products() -> None:
    table = read_rows("sizes.csv")
    known = {
        kind: {row["尺码 size"] for row in table if kind in row["品类 garment"]}
        for kind in ("衬衫", "连衣裙", "半身裙")
    }
    for product in CLOTHING:
        if product["category"] in known:
            assert set(re.findall(r"[XSML]+", product["尺码"])) <= known[product["category"]]
