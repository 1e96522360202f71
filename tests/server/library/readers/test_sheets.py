"""Workbooks of all formats."""

import datetime
import io
from collections.abc import Callable

import pytest
import xlsxwriter  # type: ignore[import-untyped]

from scripts.broken.office_writer import MAIN, text_cell, write_ods, write_xlsx
from scripts.broken.xls_writer import CellValue, Error, XlsSheet, write_xls
from server.library.readers.protocol import ReaderLimits
from server.library.readers.records import Page, Remark
from tests.helpers.reading import list_cells, list_header, list_remarks, list_spans, read_pages, read_text, refuse

STRING = '<table:table-cell office:value-type="string"><text:p>{}</text:p></table:table-cell>'


def write_workbook(fill: Callable[[xlsxwriter.Workbook], None]) -> bytes:
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, {"in_memory": True}) as workbook:
        fill(workbook)
    return file.getvalue()


def sheet(*rows: str) -> bytes:
    return write_xlsx({"A": f"<sheetData>{''.join(rows)}</sheetData>"})


def list_rows(page: Page) -> list[tuple[int, str]]:
    return [(row.number, page.text[row.start : row.end].rstrip("\n")) for row in page.rows]


def test_values_of_xlsx() -> None:
    def fill(book: xlsxwriter.Workbook) -> None:
        one = book.add_worksheet("价格")
        formats = [book.add_format({"num_format": code}) for code in ("0.0%", "yyyy-mm-dd", "[h]:mm", "0.00")]
        one.write_row("B3", ["name", "price", "rate", "day", "time", "is new"])
        one.write_row("B5", ["a", 0.1 + 0.2])
        one.write("D5", 0.155, formats[0])
        one.write_datetime("E5", datetime.datetime(2024, 5, 1), formats[1])
        one.write("F5", 1.5, formats[2])
        one.write_boolean("G5", True)
        one.write("C6", 5, formats[3])

    (page,) = read_pages(write_workbook(fill))
    assert page.sheet == "价格"
    assert list_rows(page) == [
        (3, "name\tprice\trate\tday\ttime\tis new"),
        (5, "a\t0.3\t15.5%\t2024-05-01\t36:00:00\tTRUE"),
        (6, "\t5"),
    ]
    assert list_cells(page)[-1] == (2, 2, "5")
    assert list_header(page) == ["name", "price", "rate", "day", "time", "is new"]


def test_formulas_without_results_are_reported() -> None:
    rows = (
        '<row r="1"><c r="A1"><f>1+1</f><v>2</v></c><c r="B1"><f>NOW()</f></c><c r="C1"><f>A1</f><v></v></c></row>',
        '<row r="2"><c r="A2" t="str"><f>""</f><v></v></c><c r="B2" t="str"><f>"x"</f><v>x</v></c></row>',
    )
    data = sheet(*rows)
    assert list_remarks(data) == [Remark("formulas", {"sheet": "A", "count": 2, "cell": "B1"})]
    assert read_text(data) == "2\n\tx\n"


def test_a_sheet_of_formulas_alone_is_reported() -> None:
    data = sheet('<row r="7"><c r="C7"><f>SUM(A1:A6)</f></c></row>')
    assert list_remarks(data) == [Remark("formulas", {"sheet": "A", "count": 1, "cell": "C7"})]


def test_zeros_of_programs_that_calculate_nothing_are_no_results() -> None:
    def fill(book: xlsxwriter.Workbook) -> None:
        for name, result in (("Never", 0), ("Some", 7)):
            one = book.add_worksheet(name)
            one.write_row("A1", ["a", 1, 2])
            one.write_formula("B2", "=B1-1", None, 0)
            one.write_formula("C2", "=C1*3", None, result)

    data = write_workbook(fill)
    assert [page.text for page in read_pages(data)] == ["a\t1\t2\n", "a\t1\t2\n\t0\t7\n"]
    assert list_remarks(data) == [Remark("formulas", {"sheet": "Never", "count": 2, "cell": "B2"})]


def test_prefixed_names_are_read_too() -> None:
    cell = '<x:c r="A1"><x:f>1</x:f></x:c>'
    rows = f'<x:sheetData><x:row r="1">{cell}</x:row></x:sheetData>'
    part = f'<x:worksheet xmlns:x="{MAIN}">{rows}</x:worksheet>'
    data = write_xlsx({"A": ""}, {"xl/worksheets/sheet1.xml": part})
    assert [remark.code for remark in list_remarks(data)] == ["formulas"]


@pytest.mark.parametrize("codec", ["utf-8", "utf-16"])
def test_parts_in_other_encodings(codec: str) -> None:
    def write(rows: str) -> bytes:
        part = f'<?xml version="1.0"?><worksheet xmlns="{MAIN}"><sheetData>{rows}</sheetData></worksheet>'
        return write_xlsx({"A": ""}, {"xl/worksheets/sheet1.xml": part.encode(codec)})

    first = '<row r="1"><c r="A1"><f>1</f></c></row>'
    assert [remark.code for remark in list_remarks(write(first))] == ["formulas"]
    last = f'<row r="1048576">{text_cell("XFD1048576", "x")}</row>'
    assert refuse(write(f'<row r="1">{text_cell("A1", "x")}</row>{last}')).code == "too_many_cells"


def test_errors_are_text() -> None:
    data = sheet('<row r="1"><c r="A1" t="e"><f>1/0</f><v>#DIV/0!</v></c><c r="B1" t="e"><v>#N/A</v></c></row>')
    assert read_text(data) == "#DIV/0!\t#N/A\n"
    assert list_remarks(data) == []


def test_merged_cells_of_xlsx() -> None:
    def fill(book: xlsxwriter.Workbook) -> None:
        one = book.add_worksheet()
        one.merge_range("A1:C1", "title")
        one.write_row("A2", ["name", "a", "b"])
        one.merge_range("A3:A4", "tall")
        one.write_row("B3", [1, 2])
        one.write_row("B4", [3, 4])

    (page,) = read_pages(write_workbook(fill))
    assert list_spans(page) == {"title": (1, 3), "tall": (2, 1)}
    assert list_rows(page)[3] == (4, "\t3\t4")


def test_what_lies_below_merged_cells_is_not_read() -> None:
    rows = "".join(f'<row r="{n}">{text_cell(f"A{n}", f"a{n}")}{text_cell(f"B{n}", f"b{n}")}</row>' for n in (1, 2, 3))
    merges = '<mergeCells count="1"><mergeCell ref="A1:B2"/></mergeCells>'
    (page,) = read_pages(write_xlsx({"A": f"<sheetData>{rows}</sheetData>{merges}"}))
    assert page.text == "a1\na3\tb3\n"


def test_hidden_sheets_and_charts() -> None:
    def fill(book: xlsxwriter.Workbook) -> None:
        book.add_worksheet("One").write("A1", "first")
        hidden = book.add_worksheet("Two")
        hidden.write("A1", "second")
        hidden.hide()
        chart = book.add_chart({"type": "bar"})
        chart.add_series({"values": "=One!$A$1:$A$2"})
        book.add_chartsheet("Chart").set_chart(chart)
        book.add_worksheet("Empty")

    pages = read_pages(write_workbook(fill))
    assert [(page.sheet, page.text) for page in pages] == [("One", "first\n"), ("Two", "second\n")]


def test_macros_and_pictures_are_said() -> None:
    data = write_xlsx({"A": "<sheetData/>"}, {"xl/vbaProject.bin": b"x", "xl/media/a.png": b"x"})
    assert [remark.code for remark in list_remarks(data)] == ["macros", "pictures"]


@pytest.mark.parametrize("last", ["XFD1048576", "A9999999"])
def test_values_too_far_apart(last: str) -> None:
    digits = last.lstrip("XFDA")
    rows = f'<row r="1">{text_cell("A1", "a")}</row><row r="{digits}">{text_cell(last, "b")}</row>'
    assert refuse(sheet(rows)).code == "too_many_cells"


def test_too_many_cells_and_pages() -> None:
    rows = "".join(f'<row r="{n}">{text_cell(f"A{n}", "x")}</row>' for n in range(1, 500))
    assert refuse(sheet(rows), limits=ReaderLimits(max_cells=400)).code == "too_many_cells"
    assert refuse(sheet(rows), limits=ReaderLimits(max_pages=2)).code == "too_many_pages"


def test_xls() -> None:
    rows: list[list[CellValue | Error]] = [
        ["名称", "价格", "率"],
        ["a", 3, 0.155],
        [None, Error(7), True],
        ["tall", 1.5, Error(42)],
        [None, -2, "é"],
    ]
    data = write_xls(XlsSheet("表", rows, frozenset({(1, 2)}), [(3, 4, 0, 0)]), XlsSheet("B", [["b"]], first_row=9))
    pages = read_pages(data)
    assert list_rows(pages[0]) == [
        (1, "名称\t价格\t率"),
        (2, "a\t3\t15.5%"),
        (3, "\t#DIV/0!\tTRUE"),
        (4, "tall\t1.5\t#N/A"),
        (5, "\t-2\té"),
    ]
    assert list_spans(pages[0]) == {"tall": (2, 1)}
    assert (pages[1].sheet, list_rows(pages[1])) == ("B", [(10, "b")])


def test_xls_with_values_too_far_apart() -> None:
    rows: list[list[CellValue | Error]] = [["a"], *[[] for _ in range(65_000)], [*[None] * 250, "b"]]
    assert refuse(write_xls(XlsSheet("A", rows))).code == "too_many_cells"


def test_ods() -> None:
    cells = (
        STRING.format("名称"),
        '<table:table-cell office:value-type="percentage" office:value="0.07"><text:p>7%</text:p></table:table-cell>',
        '<table:table-cell office:value-type="float" office:value="0.30000000000000004"/>',
        '<table:table-cell office:value-type="date" office:date-value="2024-05-01"/>',
        '<table:table-cell office:value-type="boolean" office:boolean-value="true"/>',
        '<table:table-cell table:formula="of:=1/0" office:value-type="string" office:string-value="" '
        'calcext:value-type="error"><text:p>#DIV/0!</text:p></table:table-cell>',
    )
    empty = '<table:table-row table:number-rows-repeated="3"><table:table-cell/></table:table-row>'
    data = write_ods({"S": f"{empty}<table:table-row>{''.join(cells)}</table:table-row>"})
    (page,) = read_pages(data)
    assert list_rows(page) == [(4, "名称\t7%\t0.3\t2024-05-01\tTRUE\t#DIV/0!")]
    assert list_remarks(data) == []


def test_merged_cells_and_formulas_of_ods() -> None:
    wide = STRING.replace(
        "<table:table-cell", '<table:table-cell table:number-columns-spanned="2" table:number-rows-spanned="1"'
    )
    rows = (
        f"<table:table-row>{wide.format('wide')}<table:covered-table-cell/></table:table-row>"
        f"<table:table-row>{STRING.format('a')}<table:table-cell table:formula='of:=1'/></table:table-row>"
    )
    data = write_ods({"S": rows})
    assert list_spans(read_pages(data)[0]) == {"wide": (1, 2)}
    assert list_remarks(data) == [Remark("formulas", {"sheet": "S", "count": 1, "cell": "B2"})]


def test_repeated_cells_of_ods() -> None:
    repeated = STRING.replace("<table:table-cell", '<table:table-cell table:number-columns-repeated="{n}"').replace(
        "{n}", "3"
    )
    row = f"<table:table-row table:number-rows-repeated='2'>{repeated.format('x')}</table:table-row>"
    assert read_text(write_ods({"S": row})) == "x\tx\tx\nx\tx\tx\n"
    many = row.replace("repeated='2'", "repeated='1048576'").replace('repeated="3"', 'repeated="16384"')
    assert refuse(write_ods({"S": many})).code == "too_many_cells"


def test_a_workbook_that_is_damaged_is_refused() -> None:
    assert refuse(sheet("<row r='1'><c r='A1'")).code == "broken"
