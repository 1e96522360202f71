"""The words that customers make by patterns."""

import math

import pytest

from server.pipeline.moderation.compounds import (
    COMPOUND_COUNT,
    parse_line,
    read_all_costs,
    read_compounds,
    read_ordinary_words,
)
from server.pipeline.moderation.segmentation import CONTEXT
from server.pipeline.typos.costs import MAX_WORD_LENGTH, compute_cost, read_costs


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("", []),
        ("挂钩 吊牌", ["挂钩", "吊牌"]),
        ("大 弹力运动裤 吊牌", ["大", "弹力运动裤", "吊牌"]),
        ("太 很 + 大 高", ["太大", "太高", "很大", "很高"]),
        ("打 扣 + 不 + 开 上", ["打不开", "打不上", "扣不开", "扣不上"]),
        ("卡其 + 色 色运动裤", ["卡其色", "卡其色运动裤"]),
        ("v + 领", ["v领"]),
    ],
)
def test_a_line_stands_for_words(line: str, words: list[str]) -> None:
    assert list(parse_line(line)) == words


def test_the_shipped_words() -> None:
    words = read_compounds()
    assert {"偏高", "肉串", "打不开", "v领", "枪灰"} <= words
    assert len(words) < 30_000
    assert all(word == word.casefold() and word.isalnum() and 1 < len(word) <= MAX_WORD_LENGTH for word in words)


@pytest.mark.parametrize("text", ["他妈", "很色", "太弱", "想买", "发色", "你妈"])
def test_no_pattern_takes_the_beginning_of_what_is_meant(text: str) -> None:
    assert text not in read_compounds()


def test_the_ordinary_words() -> None:
    words = read_ordinary_words()
    assert {"手枪钻", "防走光", "六合一"} <= words
    assert all(2 < len(word) <= CONTEXT + 2 for word in words)


def test_a_word_costs_no_more_than_its_least_count_says() -> None:
    costs, counted = read_all_costs(), read_costs()
    floor = compute_cost(COMPOUND_COUNT)
    assert all(costs[word] == min(floor, counted.get(word, math.inf)) for word in read_compounds())
    assert costs["颜色"] == counted["颜色"]
