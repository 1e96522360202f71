"""Word documents."""

import pytest

from scripts.broken.office_writer import W, define_list, paragraph, use_list, write_docx
from server.library.readers.protocol import ReaderLimits
from server.library.readers.records import Remark
from tests.helpers.reading import (
    list_cells,
    list_header,
    list_headings,
    list_remarks,
    list_spans,
    read_pages,
    read_text,
    refuse,
)

MC = "http://schemas.openxmlformats.org/markup-compatibility/2006"
STYLES = "".join(
    f'<w:style w:type="paragraph" w:styleId="{style}"><w:name w:val="{name}"/>{content}</w:style>'
    for style, name, content in (
        ("1", "heading 1", ""),
        ("2", "heading 2", ""),
        ("T", "Title", ""),
        ("Mine", "My own", '<w:pPr><w:outlineLvl w:val="1"/></w:pPr>'),
        ("Child", "Its child", '<w:basedOn w:val="Mine"/>'),
    )
)


def cell(text: str, properties: str = "") -> str:
    return f"<w:tc><w:tcPr>{properties}</w:tcPr>{paragraph(text)}</w:tc>"


def row(*cells: str, properties: str = "") -> str:
    return f"<w:tr><w:trPr>{properties}</w:trPr>{''.join(cells)}</w:tr>"


def test_headings() -> None:
    data = write_docx(
        paragraph("Doc", "T") + paragraph("甲", "1") + paragraph("text") + paragraph("乙", "2")
        + paragraph("丙", "Mine") + paragraph("丁", "Child") + paragraph("戊", extra='<w:outlineLvl w:val="2"/>'),
        styles=STYLES,
    )  # fmt: skip
    assert list_headings(read_pages(data)) == [(1, "Doc"), (1, "甲"), (2, "乙"), (2, "丙"), (2, "丁"), (3, "戊")]
    assert read_text(data) == "Doc\n\n甲\n\ntext\n\n乙\n\n丙\n\n丁\n\n戊\n\n"


def test_the_path_of_headings_and_that_pages_are_the_text() -> None:
    body = "".join(
        paragraph(f"Part {n}", "1")
        + paragraph(f"Section {n}", "2")
        + "".join(paragraph("word " * 60) for _ in range(20))
        for n in range(3)
    )
    pages = read_pages(write_docx(body, styles=STYLES))
    assert len(pages) > 5
    assert [heading.text for heading in pages[1].headings_above] == ["Part 0", "Section 0"]
    assert "".join(page.text for page in pages).count("word") == 3600


def test_numbers_and_bullets() -> None:
    numbering = (
        define_list(0, ("decimal", "%1."), ("lowerLetter", "%2)")) + define_list(1, ("bullet", "x"), ("bullet", "x"))
        + use_list(1, 0) + use_list(2, 1)
    )  # fmt: skip
    body = (
        paragraph("one", number=(1, 0)) + paragraph("a", number=(1, 1)) + paragraph("between")
        + paragraph("two", number=(1, 0)) + paragraph("dot", number=(2, 0)) + paragraph("deep", number=(2, 1))
    )  # fmt: skip
    lines = [line for line in read_text(write_docx(body, numbering=numbering)).splitlines() if line]
    assert lines == ["1. one", "a) a", "between", "2. two", "- dot", "  - deep"]


def test_a_numbered_heading_has_its_number() -> None:
    numbering = define_list(0, ("chineseCounting", "第%1章")) + use_list(1, 0)
    data = write_docx(
        paragraph("总则", "1", (1, 0)) + paragraph("附则", "1", (1, 0)), styles=STYLES, numbering=numbering
    )
    assert list_headings(read_pages(data)) == [(1, "第一章 总则"), (1, "第二章 附则")]


def test_a_table_with_spans() -> None:
    rows = (
        row(cell("Name"), cell("Price", '<w:gridSpan w:val="2"/>'), properties="<w:tblHeader/>")
        + row(cell("a", '<w:vMerge w:val="restart"/>'), cell("1"), cell("2"))
        + row(cell("", "<w:vMerge/>"), cell("3"), cell("4"))
    )
    (page,) = read_pages(write_docx(paragraph("before") + f"<w:tbl>{rows}</w:tbl>" + paragraph("after")))
    assert page.text == "before\n\nName\tPrice\na\t1\t2\n\t3\t4\n\nafter\n\n"
    assert list_spans(page) == {"Price": (1, 2), "a": (2, 1)}
    assert list_header(page) == ["Name", "Price"]
    assert list_cells(page)[-2:] == [(2, 1, "3"), (2, 2, "4")]


def test_a_long_table_is_cut_between_rows() -> None:
    rows = row(cell("Name"), cell("Note"), properties="<w:tblHeader/>")
    rows += "".join(row(cell(f"item {n}"), cell("note " * 20)) for n in range(100))
    pages = read_pages(write_docx(f"<w:tbl>{rows}</w:tbl>"))
    assert len(pages) > 3
    assert all(list_header(page) == ["Name", "Note"] for page in pages)
    assert [text for page in pages for _, column, text in list_cells(page) if column == 0 and text != "Name"] == [
        f"item {n}" for n in range(100)
    ]


def test_notes_and_links() -> None:
    body = (
        '<w:p><w:r><w:t>text</w:t></w:r><w:r><w:footnoteReference w:id="2"/></w:r>'
        "<w:hyperlink><w:r><w:t> a link</w:t></w:r></w:hyperlink></w:p>"
    )
    data = write_docx(body, notes=f'<w:footnote w:id="2">{paragraph("the note")}</w:footnote>')
    assert read_text(data) == "text[1] a link\n\n1. the note\n\n"


def test_text_boxes_formulas_and_what_was_changed() -> None:
    box = f"<w:txbxContent>{paragraph('boxed')}</w:txbxContent>"
    math = "http://schemas.openxmlformats.org/officeDocument/2006/math"
    body = (
        f'<w:p><w:r><mc:AlternateContent xmlns:mc="{MC}"><mc:Choice>{box}</mc:Choice></mc:AlternateContent></w:r></w:p>'
        f'<w:p><w:r><w:t>area </w:t></w:r><m:oMath xmlns:m="{math}"><m:r><m:t>a=b</m:t></m:r></m:oMath></w:p>'
        "<w:p><w:ins><w:r><w:t>new</w:t></w:r></w:ins><w:del><w:r><w:delText>old</w:delText></w:r></w:del></w:p>"
    )
    text = read_text(write_docx(body))
    assert "boxed" in text
    assert "area a=b" in text
    assert "new" in text
    assert "old" not in text


def test_numbers_in_both_alternatives_count_once() -> None:
    inner = f"<w:txbxContent>{paragraph('boxed', number=(1, 0))}</w:txbxContent>"
    choices = f"<mc:Choice>{inner}</mc:Choice><mc:Fallback>{inner}</mc:Fallback>"
    both = f'<mc:AlternateContent xmlns:mc="{MC}">{choices}</mc:AlternateContent>'
    numbering = define_list(0, ("decimal", "%1.")) + use_list(1, 0)
    data = write_docx(f"<w:p><w:r>{both}</w:r></w:p>" + paragraph("after", number=(1, 0)), numbering=numbering)
    assert "2. after" in read_text(data)


def test_what_is_said() -> None:
    members = {
        "word/vbaProject.bin": b"x",
        "word/media/a.png": b"x",
        "word/media/b.png": b"x",
        "word/embeddings/a.xlsx": b"x",
    }
    assert list_remarks(write_docx(paragraph("x"), members)) == [
        Remark("macros"),
        Remark("pictures", {"count": 2}),
        Remark("attachments", {"count": 1}),
    ]


def test_the_main_part_may_have_another_name() -> None:
    part = f'<w:document xmlns:w="{W}"><w:body>{paragraph("found")}</w:body></w:document>'
    target = (
        '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="a" '
        'Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" '
        'Target="/word/document2.xml"/></Relationships>'
    )
    assert read_text(write_docx("", {"word/document2.xml": part, "_rels/.rels": target})) == "found\n\n"


@pytest.mark.parametrize("part", ["<w:document>", "", f'<w:document xmlns:w="{W}">'])
def test_damage(part: str) -> None:
    assert refuse(write_docx("", {"word/document.xml": part}), limits=ReaderLimits()).code == "broken"


def test_a_document_without_text_is_refused() -> None:
    assert refuse(write_docx("<w:p/>"), limits=ReaderLimits()).code == "blank"
