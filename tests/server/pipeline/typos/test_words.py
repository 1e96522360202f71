import re

import pytest

from server.pipeline.typos.words import DATA, read_lines, read_rows, read_words

LISTS = ("en_words.txt", "en_known.txt", "zh_words.txt", "zh_everyday.txt", "zh_known.txt")


def test_comments_and_empty_lines_are_left_out() -> None:
    assert not [line for line in read_lines("zh_shapes.txt") if not line.strip() or line.startswith("#")]


@pytest.mark.parametrize("name", [*LISTS, "zh_shapes.txt", "zh_counts.txt", "pairs.tsv", "clean.tsv"])
def test_each_list_says_where_it_is_from(name: str) -> None:
    text = (DATA / name).read_text(encoding="utf-8")
    head = " ".join(line for line in text.splitlines()[:6] if line.startswith("#"))
    assert re.search("[Ww]ritten for this project|under the licence in", head)


def test_the_licence_of_the_counts_is_beside_them() -> None:
    assert "Sun Junyi" in (DATA / "zh_counts.LICENSE.txt").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", ["en_words.txt", "en_known.txt"])
def test_english_words_are_plain(name: str) -> None:
    assert [word for word in read_words(name) if not re.fullmatch("[a-z]+|[a-z]+'t", word)] == []


@pytest.mark.parametrize("name", ["zh_words.txt", "zh_everyday.txt"])
def test_chinese_words_are_chinese(name: str) -> None:
    assert [word for word in read_words(name) if not re.fullmatch("[\u4e00-\u9fff]{2,9}", word)] == []


def test_the_shop_has_many_words() -> None:
    assert len(read_words("zh_words.txt")) > 2000
    assert len(read_words("en_words.txt")) > 800


def test_counts_are_numbers_of_three_and_more() -> None:
    rows = [line.split(" ") for line in read_lines("zh_counts.txt")]
    assert all(len(row) == 2 and int(row[1]) >= 3 for row in rows)
    assert len({row[0] for row in rows}) == len(rows)


def test_rows_have_their_columns() -> None:
    assert {len(row) for row in read_rows("pairs.tsv")} == {4}
    assert {len(row) for row in read_rows("clean.tsv")} == {3}


def test_look_alikes_come_in_groups_of_two_or_more() -> None:
    groups = [group for line in read_lines("zh_shapes.txt") for group in line.split()]
    assert [group for group in groups if not re.fullmatch("[\u4e00-\u9fff]{2,8}", group)] == []


def test_the_questions_have_a_split_and_a_language() -> None:
    for name in ("pairs.tsv", "clean.tsv"):
        assert {row[:2] for row in read_rows(name)} == {
            (split, lang) for split in ("dev", "held") for lang in ("zh", "en")
        }


def test_each_pair_differs() -> None:
    assert [row for row in read_rows("pairs.tsv") if row[2] == row[3]] == []
