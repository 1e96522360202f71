"""Numbers in words, and in digits."""

import pytest

from server.library.asking.content_tokens import tokenize
from server.library.asking.number_words import write_digits


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("装修押金为3万元", "装修押金为30000元"),
        ("三万五千元", "35000元"),
        ("1.2万", "12000"),
        ("租期三年", "租期3年"),
        ("十二小时", "12小时"),
        ("百分之六十", "60 percent"),
        ("万分之五", "0.05 percent"),
        ("twenty-five days", "25 days"),
        ("two million", "2000000"),
        ("€2 million", " euro 2000000"),
        ("一天一次", "一天一次"),
        ("几十人", "几十人"),
        ("三四天", "三四天"),
        ("三方协议", "三方协议"),
        ("two kinds of it", "two kinds of it"),
        ("one", "one"),
        ("100 yuan", "100 元 "),
        ("5 watts", "5 w "),
        ("5 womats", "5 womats"),
    ],
)
def test_numbers_are_written_in_digits(text: str, written: str) -> None:
    assert write_digits(text) == written


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("30,000元", "3万元"),
        ("1450 W", "1450 watts"),
        ("60%", "百分之六十"),
        ("￥129", "129 yuan"),
        ("两小时", "2小时"),
    ],
)
def test_the_same_amount_has_the_same_tokens(first: str, second: str) -> None:
    assert set(tokenize(first)) == set(tokenize(second))


def test_a_time_is_one_number() -> None:
    assert tokenize("09:30至15:00") == ("#9:30", "至", "#15:00")
