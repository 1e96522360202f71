"""The tokens of passages: what is the same to a reader has the same ones."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.store.passage_tokens import MAX_WORD, POINT, normalise, stem, tokenize


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("退货运费", ["退", "货", "运", "费", "退货", "货运", "运费"]),
        ("款", ["款"]),
        ("Warranty covers 2 years", ["warranty", "cover", "2", "year", "cover2", "2year"]),
        ("AB-123", ["ab", "123", "ab123"]),
        ("MX500/2", ["mx", "500", "2", "mx500", "500·2", "mx5002"]),
        ("3.5mm", ["3·5", "mm", "3·5mm"]),
        ("thirty days, two", ["30", "day", "2"]),
        ("v2.1.3", ["v", "2·1·3", "v2·1·3"]),
        ("wi-fi", ["wi", "fi", "wifi"]),
        ("7天", ["7", "7天", "天"]),
        ("ひらがな", ["ひ", "ら", "が", "な", "ひら", "らが", "がな"]),
        ("한국어", ["한", "국", "어", "한국", "국어"]),
        ("", []),
        (" \0 … ！?\ud800", []),
    ],
)
def test_tokens_are_words_pairs_and_codes(text: str, tokens: list[str]) -> None:
    assert tokenize(text) == tokens


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("退貨與換貨", "退货与换货"),
        ("ＡＢ－１２３", "ab-123"),
        ("￥1,299.00", "¥1299"),
        ("七天无理由", "7天无理由"),
        ("二十四个月", "24个月"),
        ("两年", "2年"),
        ("Café CRÈME", "cafe creme"),
        ("ｶﾞｲﾄﾞ", "ガイド"),
        ("returns and refunds", "return and refund"),
        ("charging batteries", "charge battery"),
        ("the shop's policies", "The shop policy"),
        ("shipped", "shipping"),
    ],
)
def test_ways_of_writing_make_no_difference(one: str, other: str) -> None:
    assert tokenize(one) == tokenize(other)


@pytest.mark.parametrize(
    "ways",
    [
        ("AB-123", "AB123", "ab 123", "AB/123", "ab_123"),
        ("iPhone15 Pro", "iphone 15 pro", "iPhone-15-Pro"),
        ("WH-1000XM4", "wh1000xm4", "WH 1000XM4"),
        ("400-820-1234", "4008201234", "400/820/1234"),
    ],
)
def test_a_code_is_found_however_it_is_divided(ways: tuple[str, ...]) -> None:
    shared = set.intersection(*(set(tokenize(way)) for way in ways))
    assert any(len(token) > 4 and any(map(str.isdigit, token)) for token in shared)


def test_codes_with_other_numbers_differ() -> None:
    assert "ab123" not in tokenize("AB-1234")
    assert "ab1" not in tokenize("AB-12")


@pytest.mark.parametrize("word", ["bus", "glass", "this", "sing", "red", "is", "thing", "AI", "press"])
def test_short_words_and_others_keep_their_endings(word: str) -> None:
    assert stem(word) == word


def test_numbers_that_are_none_stay_as_they_are() -> None:
    assert normalise("十十十天 二三天 十天 九十九元") == "十十十天 二三天 10天 99元"


@given(st.text(st.sampled_from("退货AB-1２.,,，七天 é한が²·'\n\0\ud800"), max_size=60) | st.text(max_size=60))
def test_no_token_has_what_the_indexes_cannot_keep(text: str) -> None:
    for token in tokenize(text):
        assert token
        assert len(token) <= 6 * MAX_WORD
        assert "²" not in token
        assert "\0" not in token
        assert not token.isspace()
        assert all(c.isalnum() or c == POINT or not c.isascii() for c in token)
        assert token == token.encode("utf-8").decode("utf-8")


@pytest.mark.parametrize(
    "text", ["1-" * 20_000, "a1" * 20_000, "1," * 20_000, "x" * 40_000, "一" * 40_000, "1.1." * 9000]
)
def test_long_texts_take_no_longer_than_they_are(text: str) -> None:
    begun = time.process_time()
    tokenize(text)
    assert time.process_time() - begun < 1
