"""The files of the large shop."""

import csv
import io
from pathlib import Path

from scripts.documents import large_shop
from server.library.passages import cut_passages
from server.library.readers.records import Heading, Page

NUM_PRODUCTS = 300


def read(path: Path) -> list[list[str]]:
    return list(csv.reader(io.StringIO(path.read_text(encoding="utf-8"))))


def test_products_differ_and_refer_to_products(tmp_path: Path) -> None:
    large_shop.write_products(tmp_path / "a.csv", NUM_PRODUCTS)
    head, *rows = read(tmp_path / "a.csv")
    assert tuple(head) == large_shop.COLUMNS
    assert len(rows) == len({row[0] for row in rows}) == len({row[1] for row in rows}) == NUM_PRODUCTS
    codes, names = {row[0] for row in rows}, {row[1] for row in rows}
    for row in rows:
        fits, replaces, goes_with = row[7].split("|"), row[8], row[9]
        assert {fits[0], replaces, goes_with} <= codes
        assert fits[1] in names


def test_an_edition_changes_the_prices_alone(tmp_path: Path) -> None:
    for edition in (0, 1):
        large_shop.write_products(tmp_path / f"{edition}.csv", NUM_PRODUCTS, edition)
    old, new = (read(tmp_path / f"{edition}.csv")[1:] for edition in (0, 1))
    assert all(a[:6] + a[7:] == b[:6] + b[7:] for a, b in zip(old, new, strict=True))
    assert old[42][6] == f"{large_shop.find_price(42)} 元"
    assert new[42][6] == f"{large_shop.find_price(42, 1)} 元"


def test_each_section_becomes_a_passage(tmp_path: Path) -> None:
    large_shop.write_rules(tmp_path, 10, 3)
    texts = [path.read_text(encoding="utf-8") for path in sorted(tmp_path.iterdir())]
    assert [text.count("## ") for text in texts] == [3, 3, 4]
    starts = [place for place in range(len(texts[0])) if texts[0].startswith("## ", place)]
    headings = tuple(Heading(start, 2, texts[0][start:].split("\n")[0]) for start in starts)
    page = Page(number=1, text=texts[0], headings=headings)
    assert len(cut_passages(page)) == 3


def test_questions_are_the_same_each_time_and_name_what_there_is(tmp_path: Path) -> None:
    large_shop.write_products(tmp_path / "a.csv", NUM_PRODUCTS)
    text = (tmp_path / "a.csv").read_text(encoding="utf-8")
    asked = list(large_shop.ask_products(NUM_PRODUCTS, 40))
    assert asked == list(large_shop.ask_products(NUM_PRODUCTS, 40))
    assert all(question.split(" 多少钱")[0] in text for question in asked[::4])
    large_shop.write_rules(tmp_path, 100, 1)
    rules = (tmp_path / "rules-00.md").read_text(encoding="utf-8")
    for question in large_shop.ask_rules(100, 20):
        number = next(word for word in question.split() if word.isdigit())
        assert f"{number} " in rules
    assert len(list(large_shop.ask_in_vain(7))) == 7


def test_answers_have_what_was_said(tmp_path: Path) -> None:
    large_shop.write_answers(tmp_path / "a.csv", "Until dawn.")
    assert read(tmp_path / "a.csv")[1][1] == "Until dawn."
