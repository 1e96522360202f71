"""Kinds of text are told by what is in them; only what could be either goes by its name."""

import pytest

from server.library.readers.text_kinds import find_text_kind

TABLE = "name,price,unit\nnail,12.50,box\nscrew,3,box\n"
PROSE = "Well, that is that.\nIt was, they say, a long day, and cold.\nNobody came.\n"


def kind_of(text: str, name: str = "file", is_whole: bool = True) -> str | None:
    return find_text_kind(text.encode(), is_whole, name)


@pytest.mark.parametrize("delimiter", [",", ";", "|"])
def test_a_table_is_known_under_any_name(delimiter: str) -> None:
    table = TABLE.replace(",", delimiter)
    assert {kind_of(table, name) for name in ("a", "a.txt", "a.csv", "a.tsv", "a.docx")} == {"csv"}


def test_a_table_with_tabs() -> None:
    assert kind_of(TABLE.replace(",", "\t"), "a.csv") == "tsv"


def test_quoted_cells_may_hold_anything() -> None:
    assert kind_of('a,b,c\n"x, y, z",2,3\n"line\nbreak",4,5\n') == "csv"


@pytest.mark.parametrize(("name", "kind"), [("a.csv", "csv"), ("a.tsv", "tsv"), ("a.txt", "text"), ("a", "text")])
def test_one_column_goes_by_its_name(name: str, kind: str) -> None:
    assert kind_of("apple\npear\nplum\n", name) == kind


def test_two_columns_go_by_their_name() -> None:
    assert kind_of("a,b\nc,d\n", "a.csv") == "csv"
    assert kind_of("a,b\nc,d\n", "a.txt") == "text"


def test_prose_with_commas_is_no_table() -> None:
    assert kind_of(PROSE) == "text"
    assert kind_of("你好，世界。\n今天，天气，好。\n") == "text"


def test_a_cut_last_row_is_not_counted() -> None:
    assert kind_of(TABLE + "bolt,", is_whole=False) == "csv"


@pytest.mark.parametrize(
    "text",
    [
        "<!DOCTYPE html>\n<p>a",
        "\ufeff<html lang=zh>",
        "  <!-- a comment\n -->\n<HTML>",
        '<?xml version="1.0"?><!DOCTYPE html><html xmlns="x">',
        "<p>Only a part.</p>",
        "<table><tr><td>1</td></tr></table>",
    ],
)
def test_html(text: str) -> None:
    assert kind_of(text, "a.txt") == "html"


@pytest.mark.parametrize("text", ["<order><id>1</id></order>", "<- back", "a <b> c", "<3"])
def test_what_only_looks_like_html(text: str) -> None:
    assert kind_of(text) == "text"


def test_markdown() -> None:
    assert kind_of("# Manual\n\nPress **on**.\n", "a.txt") == "markdown"
    assert kind_of("| a | b |\n|---|---|\n| 1 | 2 |\n\n- one\n") == "markdown"
    assert kind_of("Nothing special.\n", "README.md") == "markdown"
    assert kind_of("# a comment\nkey = value\n", "a.conf") == "text"
    assert kind_of("| a | b | c |\n|---|---|---|\n| 1 | 2 | 3 |\n", "a.md") == "markdown"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "big5", "utf-16"])
def test_any_of_the_encodings(encoding: str) -> None:
    head = "产品,价格,数量\n茶,12,3\n水,4,5\n" if encoding != "big5" else "產品,價格,數量\n茶,12,3\n水,4,5\n"
    assert find_text_kind(head.encode(encoding), True, "a") == "csv"


def test_a_page_may_declare_another_encoding() -> None:
    page = '<html><meta charset="iso-8859-1"><p>Caf\xe9 au lait'.encode("latin-1")
    assert find_text_kind(page, True, "a.txt") == "html"


def test_json_is_no_table() -> None:
    rows = "[[1, 2, 3],\n[4, 5, 6],\n[7, 8, 9],\n[1, 2, 3]]"
    assert kind_of(rows) == kind_of("{\n" + rows, "a.json") == "text"
    assert kind_of(rows, "a.csv") == "csv"


def test_toml_is_what_is_named_so_and_looks_so() -> None:
    assert kind_of('a = "1, 2, 3"\nb = "1, 2, 3"\nc = "1, 2, 3"\n', "a.toml") == "toml"
    assert kind_of("[[product]]\nname = \n", "a.TOML") == "toml"
    assert kind_of("a,b,c\n1,2,3\n4,5,6\n", "a.toml") == "csv"
    assert kind_of("Nothing special.\n", "a.toml") == "text"


@pytest.mark.parametrize("name", ["a", "products"])
def test_toml_without_a_name_is_known_by_its_arrays_of_tables(name: str) -> None:
    assert kind_of('[[product]]\nname = "Shirt"\n', name) == "toml"
    assert kind_of("[[product]]\nname = Shirt\n", name) == "text"
    assert kind_of("[section]\nkey = 1\n", name) == "text"


@pytest.mark.parametrize("name", ["a.ini", "a.md", "a.txt", "a.cfg", "a.csv"])
def test_other_names_are_not_toml(name: str) -> None:
    assert kind_of('[[product]]\nname = "Shirt"\n', name) != "toml"
