"""Workbooks that are broken, huge where they seem small, or odd."""

from collections.abc import Iterator

from scripts.broken.compound_writer import write_compound
from scripts.broken.document import BrokenDocument, cut, read, refused
from scripts.broken.office_writer import text_cell, write_ods, write_xlsx
from scripts.broken.xls_writer import XlsSheet, write_workbook, write_xls

ODS_CELL = '<table:table-cell office:value-type="string"><text:p>x</text:p></table:table-cell>'
REPEATED_ROW = 'table:number-rows-repeated="1048576"'
REPEATED_CELL = 'table:number-columns-repeated="16384"'


def list_sheets() -> Iterator[BrokenDocument]:
    yield from _list_xlsx()
    yield from _list_ods()
    yield from _list_xls()


def _list_xlsx() -> Iterator[BrokenDocument]:
    first = f'<row r="1">{text_cell("A1", "first")}</row>'
    last = f'<row r="1048576">{text_cell("XFD1048576", "last")}</row>'
    yield refused("corners.xlsx", write_xlsx({"A": f"<sheetData>{first}{last}</sheetData>"}), "too_many_cells")
    claim = f'<dimension ref="A1:XFD1048576"/><sheetData>{first}</sheetData>'
    yield read("claimed-dimension.xlsx", write_xlsx({"A": claim}), "first")
    empty = '<row r="1048576"><c r="XFD1048576" s="0"/></row>'
    yield read("empty-corner.xlsx", write_xlsx({"A": f"<sheetData>{first}{empty}</sheetData>"}), "first")
    formulas = '<row r="1"><c r="A1"><f>SUM(B1:B9)</f></c><c r="B1"><f>NOW()</f><v></v></c></row>'
    yield read("formulas.xlsx", write_xlsx({"A": f"<sheetData>{formulas}</sheetData>"}), remarks=("formulas",))
    error = '<row r="1"><c r="A1" t="e"><f>1/0</f><v>#DIV/0!</v></c></row>'
    yield read("error.xlsx", write_xlsx({"A": f"<sheetData>{error}</sheetData>"}), "#DIV/0!")
    yield refused("no-rows.xlsx", write_xlsx({"A": "<sheetData/>"}), "blank")
    yield read(
        "macros.xlsm",
        write_xlsx({"A": f"<sheetData>{first}</sheetData>"}, {"xl/vbaProject.bin": b"x"}),
        "first",
        remarks=("macros",),
    )
    index = '<row r="1"><c r="A1" t="s"><v>99</v></c></row>'
    yield BrokenDocument(
        "no-such-string.xlsx", write_xlsx({"A": f"<sheetData>{index}</sheetData>"}), ("read", "broken")
    )
    turned = f'<row r="2">{text_cell("A2", "second")}</row>{first}'
    yield read("rows-out-of-order.xlsx", write_xlsx({"A": f"<sheetData>{turned}</sheetData>"}), "second", "first")
    nameless = "<row><c t='inlineStr'><is><t>nameless</t></is></c></row>"
    yield read("cells-without-names.xlsx", write_xlsx({"A": f"<sheetData>{nameless}</sheetData>"}), "nameless")
    yield refused("cut-sheet.xlsx", write_xlsx({"A": f"<sheetData>{first}<row r='2'>"}), "broken")


def _list_ods() -> Iterator[BrokenDocument]:
    row = f"<table:table-row>{ODS_CELL}</table:table-row>"
    empty = f"<table:table-row {REPEATED_ROW}><table:table-cell {REPEATED_CELL}/></table:table-row>"
    yield read("repeated-empty.ods", write_ods({"A": row + empty}), "x")
    cell = ODS_CELL.replace("<table:table-cell", f"<table:table-cell {REPEATED_CELL}")
    yield refused(
        "repeated-values.ods",
        write_ods({"A": f"<table:table-row {REPEATED_ROW}>{cell}</table:table-row>"}),
        "too_many_cells",
    )
    gap = empty.replace("1048576", "1048574")
    yield read("gap.ods", write_ods({"A": row + gap + row}), "x")
    huge = empty.replace("16384", "99999999999999999999")
    yield BrokenDocument("absurd-repeat.ods", write_ods({"A": row + huge}), ("read", "broken"))
    formula = '<table:table-row><table:table-cell table:formula="of:=1"/></table:table-row>'
    yield read("formula.ods", write_ods({"A": formula}), remarks=("formulas",))
    yield refused("no-content.ods", write_ods({}, {"content.xml": ""}), "broken")
    yield refused("cut.ods", cut(write_ods({"A": row}), 0.7), "broken")


def _list_xls() -> Iterator[BrokenDocument]:
    whole = write_xls(XlsSheet("A", [["name", 1.5], ["b", True]]))
    yield read("small.xls", whole, "name")
    yield refused(
        "corners.xls",
        write_xls(
            XlsSheet("A", [["a", *[None] * 254, "b"]]), XlsSheet("B", [["a"], *[[None]] * 65_534, [*[None] * 255, "z"]])
        ),
        "too_many_cells",
    )
    for share in (0.05, 0.3, 0.8):
        yield refused(f"cut-{share}.xls", cut(whole, share), "broken", "unknown_kind", "empty")
    table = bytearray(whole)
    table[-512:-508] = b"\0\0\0\0"  # the first sector follows itself
    yield BrokenDocument("sector-loop.xls", bytes(table), ("read", "broken"))
    yield refused("no-workbook.xls", write_compound({"Other": b"x"}), "unknown_kind")
    yield refused("old-word.doc", write_compound({"WordDocument": b"x"}), "old_format")
    yield refused("rubbish.xls", write_compound({"Workbook": b"\x09\x08" + b"\xff" * 5000}), "broken")
    records = write_workbook(XlsSheet("A", [["a"]]))
    end = records.index(b"\x09\x08", 4)
    lying = records[: end + 20] + b"\0\x02\x0e\0" + b"\xff" * 14 + records[end + 38 :]
    yield read("lying-dimension.xls", write_compound({"Workbook": lying}), "a")
