"""Presentations."""

import io
from typing import Any

from lxml import etree  # type: ignore[import-untyped]
from pptx import Presentation
from pptx.chart.data import CategoryChartData
from pptx.enum.chart import XL_CHART_TYPE
from pptx.opc.package import Part
from pptx.opc.packuri import PackURI
from pptx.presentation import Presentation as Slides
from pptx.slide import Slide
from pptx.util import Inches

from server.library.readers.protocol import ReaderLimits
from server.library.readers.records import Remark
from tests.helpers.pictures import encode, open_noise
from tests.helpers.reading import (
    list_cells,
    list_header,
    list_headings,
    list_remarks,
    list_spans,
    open_document,
    read_pages,
    refuse,
)


def save(slides: Slides) -> bytes:
    file = io.BytesIO()
    slides.save(file)
    return file.getvalue()


def add_slide(slides: Slides, title: str = "") -> Slide:
    slide: Slide = slides.slides.add_slide(slides.slide_layouts[5 if title else 6])
    if slide.shapes.title is not None:
        slide.shapes.title.text = title
    return slide


def add_text(slide: Slide, text: str, left: float, top: float) -> None:
    slide.shapes.add_textbox(Inches(left), Inches(top), Inches(2), Inches(1)).text_frame.text = text


def test_texts_are_in_the_order_of_their_places() -> None:
    slides = Presentation()
    slide = add_slide(slides, "标题")
    for text, left, top in (("right", 5, 3), ("bottom", 1, 6), ("left\nsecond\vthird", 1, 3)):
        add_text(slide, text, left, top)
    group = slide.shapes.add_group_shape()
    group.shapes.add_textbox(Inches(1), Inches(5), Inches(1), Inches(1)).text_frame.text = "grouped"
    notes: Any = slide.notes_slide.notes_text_frame
    notes.text = "say this"
    pages = read_pages(save(slides))
    assert [page.text for page in pages] == [
        "标题\n\nleft\nsecond\nthird\n\nright\n\ngrouped\n\nbottom\n\nNotes:\nsay this\n"
    ]
    assert list_headings(pages) == [(1, "标题")]


def test_slides_are_pages_and_empty_or_hidden_ones_too() -> None:
    slides = Presentation()
    add_slide(slides, "one")
    add_slide(slides)
    add_slide(slides, "three")._element.set("show", "0")
    assert open_document(save(slides)).opened.num_pages == 3
    assert [page.text for page in read_pages(save(slides))] == ["one\n\n", "", "three\n\n"]
    assert refuse(save(slides), limits=ReaderLimits(max_pages=2)).code == "too_many_pages"


def test_tables() -> None:
    slides = Presentation()
    table = add_slide(slides).shapes.add_table(3, 3, Inches(1), Inches(1), Inches(5), Inches(2)).table
    for number, text in enumerate(["name", "", "price", "a", "b", "1", "", "c", "2"]):
        table.cell(number // 3, number % 3).text = text
    table.cell(0, 0).merge(table.cell(0, 1))
    table.cell(1, 0).merge(table.cell(2, 0))
    (page,) = read_pages(save(slides))
    assert page.text == "name\t\tprice\na\tb\t1\n\tc\t2\n\n"
    assert list_spans(page) == {"name": (1, 2), "a": (2, 1)}
    assert list_header(page) == ["name", "price"]
    assert list_cells(page)[-2:] == [(2, 1, "c"), (2, 2, "2")]
    assert refuse(save(slides), limits=ReaderLimits(max_cells=8)).code == "too_many_cells"


def test_charts() -> None:
    slides = Presentation()
    data: Any = CategoryChartData()  # type: ignore[no-untyped-call]
    data.categories = ["东", "西"]
    data.add_series("2023", (1.5, 2))
    data.add_series("2024", (3, None))
    shapes: Any = add_slide(slides).shapes
    frame = shapes.add_chart(XL_CHART_TYPE.COLUMN_CLUSTERED, 0, 0, Inches(3), Inches(3), data)
    frame.chart.has_title = True
    frame.chart.chart_title.text_frame.text = "Sales"
    (page,) = read_pages(save(slides))
    assert page.text == "Sales\n\t2023\t2024\n东\t1.5\t3\n西\t2\n\n"
    assert list_header(page) == ["2023", "2024"]


def test_pictures_are_counted() -> None:
    slides = Presentation()
    picture = io.BytesIO(encode(open_noise((8, 8)), "PNG"))
    add_slide(slides, "x").shapes.add_picture(picture, Inches(1), Inches(1))
    assert Remark("pictures", {"count": 1}) in list_remarks(save(slides))


def test_groups_in_groups_end() -> None:
    slides = Presentation()
    shapes: Any = add_slide(slides, "title").shapes
    for _ in range(120):
        shapes = shapes.add_group_shape().shapes
    assert read_pages(save(slides))[0].text.strip() == "title"


def test_diagrams() -> None:
    slides = Presentation()
    slide = add_slide(slides, "x")
    a, r = (
        "http://schemas.openxmlformats.org/drawingml/2006/main",
        "http://schemas.openxmlformats.org/officeDocument/2006",
    )
    texts = "".join(f"<a:p><a:r><a:t>{text}</a:t></a:r></a:p>" for text in ("第一步", "", "第二步"))
    part = Part(
        PackURI("/ppt/diagrams/data1.xml"),
        "application/xml",
        slide.part.package,
        f'<d xmlns:a="{a}">{texts}</d>'.encode(),
    )
    relation = slide.part.relate_to(part, f"{r}/relationships/diagramData")
    frame = add_diagram(slide)
    frame.set(f"{{{r}/relationships}}dm", relation)
    (page,) = read_pages(save(slides))
    assert page.text == "x\n\n第一步\n第二步\n\n"


def add_diagram(slide: Slide) -> Any:
    """Add a frame with a diagram in place of a table, and return what refers to the parts of it."""
    frame: Any = slide.shapes.add_table(1, 1, Inches(1), Inches(1), Inches(1), Inches(1))
    data = frame._element.graphic.graphicData
    for child in list(data):
        data.remove(child)
    uri = "http://schemas.openxmlformats.org/drawingml/2006/diagram"
    data.set("uri", uri)
    return etree.SubElement(data, f"{{{uri}}}relIds")
