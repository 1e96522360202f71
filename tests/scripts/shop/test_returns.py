"""Returns follow the shop's policy, and happen once."""

import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest

from scripts.shop.bodies import ReturnBody
from scripts.shop.catalogue import SHEETS
from scripts.shop.database import FILE
from scripts.shop.refusal import ShopRefusal
from scripts.shop.returns import DAY_S, MAX_AGE_S, MAX_DEFECTIVE_AGE_S
from scripts.shop.shop import Shop
from tests.helpers.shop import NOW_S, StillClock, count_rows

LINE = ReturnBody("ann", "MS100127", 1, "too large")


def refusal(shop: Shop, body: ReturnBody) -> tuple[int, str]:
    with pytest.raises(ShopRefusal) as refused:
        shop.start_return(body)
    assert refused.value.zh != refused.value.en
    return refused.value.status, refused.value.code


def test_a_line_is_returned(shop: Shop) -> None:
    assert shop.start_return(LINE) == {
        "return": "RT000003",
        "order": "MS100127",
        "lines": [1],
        "items_zh": "蓝色条纹衬衫",
        "items_en": "blue striped shirt",
        "reason": "too large",
        "refund": 299,
        "note_zh": "请在 7 天内寄出。仓库验收后 5 个工作日内退款。",
        "note_en": "Please send it within 7 days. The money is back within 5 working days of the inspection.",
    }
    order = shop.get_order("ann", "MS100127")
    assert order["state"] == "returning"
    assert [line["is_returned"] for line in order["lines"]] == [True, False]


def test_the_rest_of_an_order_can_follow_and_then_nothing(shop: Shop) -> None:
    shop.start_return(LINE)
    assert refusal(shop, LINE) == (409, "already_returned")
    assert shop.start_return(ReturnBody("ann", "ms100127"))["lines"] == [2]
    assert refusal(shop, ReturnBody("ann", "MS100127")) == (409, "already_returned")


def test_without_a_line_all_of_the_order_is_returned(shop: Shop) -> None:
    assert shop.start_return(ReturnBody("ann", "MS100127"))["items_zh"] == "蓝色条纹衬衫、黑色纯色长裤"


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (ReturnBody("ann", "MS100142"), 409, "not_delivered"),
        (ReturnBody("ann", "MS100136"), 409, "not_delivered"),
        (ReturnBody("ann", "MS100118"), 409, "only_defects"),
        (ReturnBody("ann", "MS100101", defective=True), 409, "too_late"),
        (ReturnBody("ann", "MS100127", 3), 404, "line_not_found"),
        (ReturnBody("bo", "MS100109"), 409, "already_returned"),
        (ReturnBody("bo", "MS100115"), 409, "not_delivered"),
        (ReturnBody("bo", "MS100127"), 404, "order_not_found"),
        (ReturnBody("ann", "MS100131"), 404, "order_not_found"),
        (ReturnBody("ann", "MS999999"), 404, "order_not_found"),
    ],
)
def test_what_the_policy_does_not_allow_is_refused_and_changes_nothing(
    shop: Shop, tmp_path: Path, body: ReturnBody, status: int, code: str
) -> None:
    before = count_rows(tmp_path, "returns")
    assert refusal(shop, body) == (status, code)
    assert count_rows(tmp_path, "returns") == before


def test_a_defect_is_taken_back_for_longer(shop: Shop) -> None:
    assert shop.start_return(ReturnBody("ann", "MS100118", defective=True))["refund"] == 459 + 39


@pytest.mark.parametrize(
    ("age_s", "is_defective", "code"),
    [
        (MAX_AGE_S, False, None),
        (MAX_AGE_S + 1, False, "only_defects"),
        (MAX_AGE_S + 1, True, None),
        (MAX_DEFECTIVE_AGE_S, True, None),
        (MAX_DEFECTIVE_AGE_S + 1, True, "too_late"),
    ],
)
def test_the_last_second_of_a_period_counts(
    shop: Shop, tmp_path: Path, age_s: int, is_defective: bool, code: str | None
) -> None:
    with closing(sqlite3.connect(tmp_path / FILE)) as connection, connection:
        connection.execute("UPDATE orders SET delivered_at = ? WHERE number = 'MS100127'", (NOW_S - age_s,))
    body = ReturnBody("ann", "MS100127", 1, defective=is_defective)
    if code is None:
        assert shop.start_return(body)["refund"] == 299
    else:
        assert refusal(shop, body) == (409, code)


def test_the_period_is_that_of_the_policy_in_the_knowledge_base() -> None:
    policy = (SHEETS / "returns.zh.md").read_text(encoding="utf-8")
    assert f"{MAX_AGE_S // DAY_S} 天内可以申请退货" in policy
    assert "超过 14 天只受理质量问题" in policy


def test_twenty_threads_return_a_line_once(shop: Shop, tmp_path: Path) -> None:
    def start(_: int) -> str:
        try:
            return str(shop.start_return(LINE)["return"])
        except ShopRefusal as refused:
            return refused.code

    before = count_rows(tmp_path, "returns")
    with ThreadPoolExecutor(20) as threads:
        ends = list(threads.map(start, range(20)))
    assert sorted(ends) == ["RT000003", *["already_returned"] * 19]
    assert count_rows(tmp_path, "returns") == before + 1


def test_twenty_threads_with_one_key_are_all_told_of_the_one_return(shop: Shop, tmp_path: Path) -> None:
    before = count_rows(tmp_path, "returns")
    with ThreadPoolExecutor(20) as threads:
        replies = list(threads.map(lambda _: shop.start_return(LINE, "key-1"), range(20)))
    assert {reply["return"] for reply in replies} == {"RT000003"}
    assert count_rows(tmp_path, "returns") == before + 1


def test_two_shops_of_one_folder_return_a_line_once(tmp_path: Path, clock: StillClock) -> None:
    shops = [Shop(tmp_path, clock) for _ in range(2)]
    shops[0].start_return(LINE)
    assert refusal(shops[1], LINE) == (409, "already_returned")
