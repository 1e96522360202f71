"""Tables in PDFs, ruled and not."""

from io import BytesIO

import pytest

from scripts.documents.pdf_writer import A4, PdfPage, write_pdf
from server.library.readers.found_table import FoundTable
from server.library.readers.pdf_tables import PdfTables
from tests.helpers.drawn_tables import draw_table, draw_text, make_pdf

ROWS = ("Product | Price | Stock", "Pen | 3.50 | 10", "Lamp | 1,100.00 | 2", "Desk | 250.00 | 7")


def find(*contents: bytes, number: int = 1) -> tuple[FoundTable, ...]:
    tables = PdfTables(BytesIO(make_pdf(*contents)))
    try:
        return tables.find(number)
    finally:
        tables.close()


def rows_of(table: FoundTable) -> list[str]:
    """Return the texts of each row; a cell that covers several places is at its first."""
    rows: dict[int, list[str]] = {}
    for cell in table.cells:
        rows.setdefault(cell.row, []).append(cell.text)
    return [" | ".join(texts) for _, texts in sorted(rows.items())]


@pytest.mark.parametrize("lines", ["all", "open", "horizontal", "none"])
def test_a_table_is_read_with_its_lines_or_without(lines: str) -> None:
    (table,) = find(draw_table(ROWS, lines))  # type: ignore[arg-type]
    assert rows_of(table) == list(ROWS)
    assert {(cell.num_rows, cell.num_columns) for cell in table.cells} == {(1, 1)}


@pytest.mark.parametrize("number", ["7", "- 7 -", "Page 7", "7 / 12"])
def test_the_number_of_the_page_is_no_row_whatever_it_stands_under(number: str) -> None:
    """Near the table, under its second column or its third."""
    for left in (165.0, 275.0):
        (table,) = find(draw_table(ROWS, "none") + draw_text(number, left, 657))
        assert rows_of(table) == list(ROWS)


def test_chinese_tables() -> None:
    rows = ("品名 | 单价（元） | 数量", "钢笔 | 12.50 | 3", "台灯 | 1,200.00 | 1")
    for lines in ("all", "none"):
        (table,) = find(draw_table(rows, lines))
        assert rows_of(table) == list(rows)


def test_cells_that_cover_several_places_are_one() -> None:
    rows = ("Product | 2024 | ", " | Q1 | Q2", "Pen | 1 | 2", "All | | 3")
    spans = {(0, 0): (2, 1), (0, 1): (1, 2), (3, 0): (1, 2)}
    (table,) = find(draw_table(rows, spans=spans))
    found = {cell.text: (cell.row, cell.column, cell.num_rows, cell.num_columns) for cell in table.cells}
    assert found["Product"] == (0, 0, 2, 1)
    assert found["2024"] == (0, 1, 1, 2)
    assert found["All"] == (3, 0, 1, 2)
    assert found["3"] == (3, 2, 1, 1)
    assert len(table.cells) == 4 + 3 + 2


def test_no_text_is_in_two_cells_and_none_is_lost() -> None:
    (table,) = find(draw_table(ROWS, width=40))  # texts reach into the next cell
    written = "".join(cell.text for cell in table.cells).replace(" ", "")
    assert sorted(written) == sorted("".join(ROWS).replace(" ", "").replace("|", ""))


def test_a_table_lies_where_it_is_drawn() -> None:
    (table,) = find(draw_table(ROWS))
    width, height = A4
    assert (table.left, table.right) == pytest.approx((60 / width, 390 / width), abs=0.005)
    assert (table.top, table.bottom) == pytest.approx(((height - 760) / height, (height - 672) / height), abs=0.005)


def test_tables_of_a_page_come_from_the_top_down() -> None:
    content = draw_table(ROWS, top=400) + draw_table(ROWS[:2], top=760) + draw_text("Prices", 60, 700)
    assert [len(rows_of(table)) for table in find(content)] == [2, 4]


def test_two_tables_that_open_at_their_sides_stay_two() -> None:
    content = draw_table(ROWS, "open", top=760) + draw_table(ROWS, "open", top=500) + draw_text("Between", 60, 600)
    assert [rows_of(table) for table in find(content)] == [list(ROWS)] * 2


def test_pages_are_read_by_their_number() -> None:
    pages = draw_table(ROWS[:2]), draw_text("No table here.", 60, 700), draw_table(ROWS)
    assert [len(find(*pages, number=number)) for number in (1, 2, 3, 4, 0)] == [1, 0, 1, 0, 0]


def test_text_is_no_table() -> None:
    prose = b"".join(
        draw_text("The quick brown fox jumps over the lazy dog again.", 60, 700 - 15 * i) for i in range(9)
    )
    assert find(prose) == ()


def test_text_in_two_columns_is_no_table() -> None:
    lines = (
        "all of the goods are sold as they",
        "are seen and the buyer takes them",
        "at once from the warehouse where",
        "they lie",
    )
    content = b"".join(
        draw_text(text, 60 + column * 230, 700 - 15 * i) for column in (0, 1) for i, text in enumerate(lines)
    )
    assert find(content) == ()


def test_a_table_of_contents_is_no_table() -> None:
    entries = [("Introduction", "1"), ("Prices", "4"), ("Delivery", "9"), ("Warranty", "12")]
    content = b"".join(
        draw_text(text, 60 + column * 400, 700 - 15 * i)
        for i, entry in enumerate(entries)
        for column, text in enumerate(entry)
    )
    assert find(content) == ()


def test_a_frame_around_text_is_no_table() -> None:
    assert find(b"50 600 400 100 re S\n" + draw_text("Note: read this first", 60, 650)) == ()


def test_a_page_that_lies_on_its_side() -> None:
    content = b"q 0 1 -1 0 595 0 cm\n" + draw_table(ROWS, top=500) + b"Q\n"
    (table,) = PdfTables(BytesIO(write_pdf([PdfPage(content, rotation=90)]))).find(1)
    assert rows_of(table) == list(ROWS)
    assert (table.left, table.top) == pytest.approx((60 / 842, 95 / 595), abs=0.01)


def test_an_encrypted_pdf_is_read_with_its_password() -> None:
    data = write_pdf([PdfPage(draw_table(ROWS))], password="secret")
    assert rows_of(PdfTables(BytesIO(data), "secret").find(1)[0]) == list(ROWS)
