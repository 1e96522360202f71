"""HTML documents."""

import pytest

from server.library.readers.records import Remark
from tests.helpers.reading import (
    list_cells,
    list_header,
    list_headings,
    list_remarks,
    list_spans,
    read_pages,
    read_text,
)


def write(body: str, head: str = "") -> bytes:
    return f"<!DOCTYPE html><html><head>{head}</head><body>{body}</body></html>".encode()


def test_headings_and_paragraphs() -> None:
    data = write("<h1>One <i>two</i></h1><p>Text with <b>bold</b>\n  words<br>next line</p><h3>Deep</h3>text")
    assert read_text(data) == "One two\n\nText with bold words\nnext line\n\nDeep\n\ntext\n"
    assert list_headings(read_pages(data)) == [(1, "One two"), (3, "Deep")]


def test_the_path_of_headings() -> None:
    filling = "<p>" + "word " * 500 + "</p>"
    pages = read_pages(write(f"<h1>A</h1>{filling}<h2>B</h2>{filling}{filling}<h2>C</h2>{filling}"))
    assert [[heading.text for heading in page.headings_above] for page in pages] == [[], ["A"], ["A", "B"], ["A"]]


def test_what_is_not_shown() -> None:
    data = write(
        "<!-- comment --><script>script()</script><style>p{color:red}</style><template><p>template</p></template>"
        "<p hidden>hidden</p><p style='color:red; DISPLAY: none'>none</p><p style='visibility:hidden'>invisible</p>"
        "<div hidden><p>inside</p></div><iframe>frame</iframe><svg><text>svg</text></svg><p>shown</p>"
    )
    assert read_text(data) == "shown\n\n"


def test_a_style_that_only_looks_hidden() -> None:
    assert (
        read_text(write("<p style='x-display:nonesuch'>shown</p><p style='display:block'>too</p>"))
        == "shown\n\ntoo\n\n"
    )


def test_entities_and_preformatted_text() -> None:
    assert read_text(write("<p>&lt;a&gt; &amp;amp; &eacute;&#x4e2d;</p>")) == "<a> &amp; é中\n\n"
    assert read_text(write("<pre>\n  a\n    b  c\n</pre>")) == "  a\n    b  c\n\n"


def test_lists() -> None:
    data = write(
        "<ul><li>a<ul><li>b<li>c</ul><li>d</ul><ol start=3><li>e<li value=7>f<li>g</ol>"
        "<ol type=a><li>h</ol><ol type=I start=4><li>i</ol><ol reversed><li>j<li>k</ol><dl><dt>l<dd>m</dl>"
    )
    lines = ["- a", "  - b", "  - c", "- d", "3. e", "7. f", "8. g", "a. h", "IV. i", "2. j", "1. k", "l", "m"]
    assert read_text(data).splitlines() == lines


def test_a_table_with_spans() -> None:
    data = write(
        "<table><caption>Prices</caption><thead><tr><th rowspan=2>Name<th colspan=2>Price<tr><th>min<th>max</thead>"
        "<tbody><tr><td>a<td>1<td>2<tr><td rowspan=2>b<td>3<td>4<tr><td>5<td>6</table><p>after"
    )
    (page,) = read_pages(data)
    assert page.text == "Prices\nName\tPrice\n\tmin\tmax\na\t1\t2\nb\t3\t4\n\t5\t6\n\nafter\n\n"
    assert page.text[page.tables[0].start : page.tables[0].end] == "Name\tPrice\n\tmin\tmax\na\t1\t2\nb\t3\t4\n\t5\t6\n"
    assert list_spans(page) == {"Name": (2, 1), "Price": (1, 2), "b": (2, 1)}
    assert list_header(page) == ["Name", "Price", "min", "max"]
    assert (4, 1, "5") in list_cells(page)


def test_a_header_that_is_not_marked_is_found() -> None:
    (page,) = read_pages(write("<table><tr><td>name<td>price<tr><td>a<td>1</table>"))
    assert list_header(page) == ["name", "price"]


def test_tables_that_only_place_things_are_read_through() -> None:
    inner = "<table><tr><th>k<th>v<tr><td>a<td>1</table>"
    pages = read_pages(write(f"<table><tr><td><h2>Head</h2><p>text</p><td>{inner}</table>"))
    assert list_headings(pages) == [(2, "Head")]
    assert [len(page.tables) for page in pages] == [1]
    assert list_cells(pages[0]) == [(0, 0, "k"), (0, 1, "v"), (1, 0, "a"), (1, 1, "1")]


def test_the_title_is_a_heading_where_there_is_no_other() -> None:
    assert list_headings(read_pages(write("<p>text", "<title>A  page</title>"))) == [(1, "A page")]
    assert list_headings(read_pages(write("<h1>Head</h1>", "<title>A page</title>"))) == [(1, "Head")]


@pytest.mark.parametrize(
    "meta", ["<meta charset=gb2312>", "<meta http-equiv=content-type content='text/html; charset=gbk'>", ""]
)
def test_encodings(meta: str) -> None:
    data = f"<html><head>{meta}</head><body><p>我们的产品说明".encode("gb18030")
    assert read_text(data) == "我们的产品说明\n\n"
    assert Remark("encoding", {"encoding": "GB18030"}) in list_remarks(data)


def test_check_boxes() -> None:
    assert read_text(write("<p><input type=checkbox checked> a <input type=checkbox> b")) == "☑ a ☐ b\n\n"


@pytest.mark.parametrize("tag", ["div", "b", "span", "blockquote", "section", "table><tr><td", "ul><li", "h1"])
def test_depth_is_no_matter(tag: str) -> None:
    assert "deep" in read_text(b"<html><body>" + f"<{tag}>".encode() * 3000 + b"deep")


def test_the_pages_are_the_whole_text() -> None:
    body = "".join(
        f"<h2>Head {n}</h2><p>{'word ' * (n * 40)}</p><table><tr><th>a<th>b<tr><td>{n}<td>x</table>" for n in range(40)
    )
    pages = read_pages(write(body))
    text = "".join(page.text for page in pages)
    assert len(pages) > 10
    assert [text.count(f"Head {n}\n\n") for n in range(40)] == [1] * 40
    assert text.count("word") == 40 * sum(range(40))
