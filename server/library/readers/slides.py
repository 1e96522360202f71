"""PowerPoint presentations: a slide is a page, with its notes behind its text."""

from collections.abc import Iterable, Iterator

from lxml import etree  # type: ignore[import-untyped]
from pptx import Presentation
from pptx.chart.chart import Chart
from pptx.enum.shapes import PP_PLACEHOLDER
from pptx.shapes.base import BaseShape
from pptx.shapes.graphfrm import GraphicFrame
from pptx.shapes.group import GroupShape
from pptx.slide import Slide
from pptx.table import Table as SlideTable

from server.library.readers.archives import check_archive, list_members
from server.library.readers.blocks import Block, TableRow, build_page
from server.library.readers.headers import find_header
from server.library.readers.paging import CellCounter, take_pages
from server.library.readers.protocol import Source
from server.library.readers.records import Cell, Opened, Page, Remark
from server.library.readers.sheet_values import write_number

TITLES = (PP_PLACEHOLDER.TITLE, PP_PLACEHOLDER.CENTER_TITLE, PP_PLACEHOLDER.VERTICAL_TITLE)
FOOTERS = (PP_PLACEHOLDER.SLIDE_NUMBER, PP_PLACEHOLDER.DATE, PP_PLACEHOLDER.FOOTER, PP_PLACEHOLDER.HEADER)
DRAWING = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
DIAGRAM = "{http://schemas.openxmlformats.org/drawingml/2006/diagram}relIds"
DIAGRAM_DATA = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}dm"
MAX_DEPTH = 50
MAX_CHART_ROWS = 500


class SlidesReader:
    """Hidden slides are read too. Texts are in the order of their places: from the top, then from the left."""

    def __init__(self, source: Source) -> None:
        self._limits = source.limits
        check_archive(source.file, source.limits.max_unpacked_bytes)
        remarks = tuple(_list_remarks(list(list_members(source.file))))
        self._slides = Presentation(source.file).slides
        self.opened = Opened(source.kind, len(self._slides), remarks)

    def read_pages(self, first: int) -> Iterator[Page]:
        counter = CellCounter(self._limits)
        pages = (
            build_page(number, list(_list_blocks(slide, counter)), []) for number, slide in enumerate(self._slides, 1)
        )
        return take_pages(pages, first, self._limits)

    def close(self) -> None:
        """The file is not this reader's."""


def _list_remarks(names: list[str]) -> Iterator[Remark]:
    if any(name.lower().endswith("vbaproject.bin") for name in names):
        yield Remark("macros")
    if count := sum(name.startswith("ppt/media/") for name in names):
        yield Remark("pictures", {"count": count})
    if count := sum(name.startswith("ppt/embeddings/") and not name.endswith(".xlsx") for name in names):
        yield Remark("attachments", {"count": count})


def _list_blocks(slide: Slide, counter: CellCounter) -> Iterator[Block]:
    title = slide.shapes.title
    text = _read_text(title) if title is not None else ""
    if text:
        yield Block(f"{text}\n\n", 1, " ".join(text.split()))
    for shape in sort_shapes(slide.shapes):
        if title is None or shape.shape_id != title.shape_id:
            yield from _read_shape(shape, counter, MAX_DEPTH)
    if slide.has_notes_slide and (frame := slide.notes_slide.notes_text_frame) and frame.text.strip():
        yield Block(f"Notes:\n{_clean(frame.text)}\n")


def sort_shapes(shapes: Iterable[BaseShape]) -> list[BaseShape]:
    """Sort shapes by their places; those without one, as the layout gives it, come where they are in the file."""
    return sorted(shapes, key=lambda shape: (shape.top or 0, shape.left or 0))


def _read_shape(shape: BaseShape, counter: CellCounter, max_depth: int) -> Iterator[Block]:
    if isinstance(shape, GroupShape):
        for inner in sort_shapes(shape.shapes) if max_depth else ():
            yield from _read_shape(inner, counter, max_depth - 1)
    elif isinstance(shape, GraphicFrame) and shape.has_table:
        yield from _read_table(shape.table, counter)
    elif isinstance(shape, GraphicFrame) and shape.has_chart:
        yield from _read_chart(shape.chart)
    elif isinstance(shape, GraphicFrame):
        yield from _read_diagram(shape)
    elif shape.is_placeholder and shape.placeholder_format.type in FOOTERS:
        return
    elif text := _read_text(shape):
        yield Block(f"{text}\n\n")


def _read_diagram(frame: GraphicFrame) -> Iterator[Block]:
    """Read the texts of a diagram (SmartArt), which are in a part of its own, in their order there."""
    for element in frame._element.iter(DIAGRAM):
        data = frame.part.related_part(element.get(DIAGRAM_DATA))
        tree = etree.fromstring(data.blob, etree.XMLParser(resolve_entities=False, no_network=True))
        texts = (
            "".join(run.text or "" for run in paragraph.iter(f"{DRAWING}t")) for paragraph in tree.iter(f"{DRAWING}p")
        )
        if lines := [text.strip() for text in texts if text.strip()]:
            yield Block("\n".join(lines) + "\n\n")


def _read_text(shape: BaseShape) -> str:
    frame = getattr(shape, "text_frame", None) if shape.has_text_frame else None
    return _clean(frame.text) if frame is not None else ""


def _clean(text: str) -> str:
    """Return a text whose lines end with line ends, also those that are broken within a paragraph."""
    lines = text.replace("\v", "\n").splitlines()
    return "\n".join(line.strip() for line in lines if line.strip())


def _read_table(table: SlideTable, counter: CellCounter) -> Iterator[Block]:
    texts = [[" ".join(cell.text.split()) for cell in row.cells] for row in table.rows]
    counter.add(sum(map(len, texts)))
    has_header = table.first_row and len(texts) > 1
    header = range(1) if has_header else find_header(texts)
    rows: list[TableRow] = []
    for number, row in enumerate(table.rows):
        cells = tuple(
            Cell(
                texts[number][column],
                0,
                column,
                cell.span_height if cell.is_merge_origin else 1,
                cell.span_width if cell.is_merge_origin else 1,
                is_header=number in header,
            )
            for column, cell in enumerate(row.cells)
            if not cell.is_spanned
        )
        rows.append(TableRow("\t".join(texts[number]).rstrip() + "\n", cells))
    if any(map(any, texts)):
        yield Block("".join(row.text for row in rows), rows=tuple(rows))
        yield Block("\n")


def _read_chart(chart: Chart) -> Iterator[Block]:
    """Read the title of a chart, and its values as a table with a column for each series."""
    if chart.has_title and chart.chart_title.has_text_frame and (title := _clean(chart.chart_title.text_frame.text)):
        yield Block(f"{title}\n")
    for plot in chart.plots:
        names = [str(category) for category in plot.categories]
        series = [(each.name, list(each.values)) for each in plot.series]
        texts = [["", *(name for name, _ in series)]]
        for index, name in enumerate(names[:MAX_CHART_ROWS]):
            texts.append([name, *(_write_value(values, index) for _, values in series)])
        rows = tuple(_build_row(row, is_header=not number) for number, row in enumerate(texts))
        if names:
            yield Block("".join(row.text for row in rows), rows=rows)
            yield Block("\n")


def _write_value(values: list[float | None], index: int) -> str:
    value = values[index] if index < len(values) else None
    return "" if value is None else write_number(value)


def _build_row(texts: list[str], is_header: bool) -> TableRow:
    cells = tuple(Cell(text, 0, column, is_header=is_header) for column, text in enumerate(texts) if text)
    return TableRow("\t".join(texts).rstrip() + "\n", cells)
