"""TOML documents."""

import time

import pytest

from server.library.passages import cut_passages
from server.library.readers import toml
from server.library.readers.protocol import ReaderLimits
from server.library.remarks import write_refusal
from tests.helpers.reading import list_headings, list_remarks, read_pages, read_text, refuse

SHOP = """# Our shop
title = "Shop"

# a shirt
[[product]]
code = "A-1"
name = { zh = "衬衫", en = "Shirt" }

[[product.variant]]
code = "A-1-W"
""".replace("\n", "\r\n")


def test_the_pages_are_the_file() -> None:
    text = "\ufeff" + "".join(
        f'[[product]]\ncode = "P{n}"\ntext = """\n{"word " * (n % 90)}"""\n\n' for n in range(400)
    )
    pages = read_pages(text.encode(), "a.toml")
    assert "".join(page.text for page in pages) == text.lstrip("\ufeff")
    assert len(pages) > 5
    assert max(len(page.text) for page in pages) <= toml.PAGE_CHARACTERS
    assert all(page.text.startswith("[[product]]") for page in pages), "a page begins with a table"


def test_tables_are_headings() -> None:
    (page,) = read_pages(SHOP.encode(), "shop.toml")
    assert page.text == SHOP
    assert list_headings([page]) == [(1, "product"), (2, "variant")]
    assert [passage.heading for passage in cut_passages(page)] == [None, "product", "product > variant"]


@pytest.mark.parametrize(
    ("text", "line", "cause"),
    [
        ("a = 1\nb = \n", 2, "toml"),
        ("a = 1\n\na = 2\n", 3, "toml_twice"),
        ("[a]\n[a]\n", 2, "toml_twice"),
        ("a = 1\nb = [1,\n2\n", 3, "toml_end"),
        ('[[product]]\nname = "衬衫\n', 2, "toml"),
    ],
)
def test_a_mistake_is_refused_with_its_line(text: str, line: int, cause: str) -> None:
    refusal = refuse(text.encode(), "a.toml")
    assert (refusal.code, refusal.values["line"], refusal.values["cause"]) == ("broken_toml", line, cause)
    texts = write_refusal(refusal)
    assert f"line {line} " in texts["en"]
    assert f"第 {line} 行" in texts["zh"]


def test_what_is_too_deep_is_refused() -> None:
    deep = f"a = {'[' * 40}{']' * 40}\n"
    assert refuse(deep.encode(), "a.toml").code == "too_deep"
    assert refuse(f"a = {'[' * 50_000}".encode(), "a.toml").code == "too_deep"
    assert refuse(("a" + ".a" * 100 + " = 1\n").encode(), "a.toml").code == "too_deep"


def test_what_has_too_many_values_is_refused() -> None:
    text = "a = [" + "1, " * 60 + "]\n"
    assert refuse(text.encode(), "a.toml", ReaderLimits(max_cells=50)).code == "too_many_cells"


def test_what_is_too_long_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(toml, "MAX_CHARACTERS", 20)
    assert refuse(b'a = "' + b"x" * 30 + b'"\n', "a.toml").code == "too_much_toml"
    assert read_text(b'a = "xxxxxxxxxxxxx"\n', "a.toml") == 'a = "xxxxxxxxxxxxx"\n'


def test_other_encodings_are_told() -> None:
    text = '[[product]]\nname = "白色纯棉衬衫，适合夏天穿着，透气舒适"\n'
    assert read_text(text.encode("gb18030"), "a.toml") == text
    assert [remark.code for remark in list_remarks(text.encode("gb18030"), "a.toml")] == ["encoding"]


def test_ten_thousand_products_are_read_in_seconds() -> None:
    text = "".join(
        f'[[product]]\ncode = "P{n}"\nname = "Product {n}"\nmaterial = "cotton"\nprice = "{n}.50"\n\n'
        for n in range(10_000)
    )
    began_s = time.monotonic()
    assert sum(len(page.headings) for page in read_pages(text.encode(), "a.toml")) == 10_000
    assert time.monotonic() - began_s < 60


def test_a_table_longer_than_a_page_is_cut() -> None:
    lines = "words and words\n" * 3000
    text = f'[a]\nx = 1\n\n# long\n[b]\ny = """\n{lines}"""\n[c]\nz = 1\n'
    pages = read_pages(text.encode(), "a.toml")
    assert "".join(page.text for page in pages) == text
    assert list_headings(pages) == [(1, "a"), (1, "b"), (1, "c")]
    assert [heading.text for heading in pages[-2].headings_above] == ["b"]
