"""`POST /tables` and `GET /tables/{id}` over documents of every kind."""

import csv
import io
from typing import Any

import pytest
import xlsxwriter  # type: ignore[import-untyped]
from litestar.testing import TestClient

from tests.helpers.drawn_tables import draw_table, draw_text, make_pdf
from tests.helpers.pictures import png_base64
from tests.server.api.tables.conftest import Send

ROWS = ("Product | Price | Stock", "Pen | 3.50 | 10", "Lamp | 1,100.00 | 2", "Desk | 250.00 | 7")
CSV = "\r\n".join(",".join(f'"{text.strip()}"' for text in row.split("|")) for row in ROWS).encode()


def make_xlsx(rows: list[list[Any]], **sheets: list[list[Any]]) -> bytes:
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, {"in_memory": True}) as book:
        for name, values in {"Prices": rows, **sheets}.items():
            sheet = book.add_worksheet(name)
            for number, row in enumerate(values):
                sheet.write_row(number, 0, row)
    return file.getvalue()


def extract(client: TestClient[Any], **body: Any) -> list[dict[str, Any]]:
    response = client.post("/tables", json=body)
    assert response.status_code == 200, response.text
    tables: list[dict[str, Any]] = response.json()["tables"]
    return tables


def test_a_file_with_delimiters(reader: TestClient[Any], send: Send) -> None:
    (table,) = extract(reader, document=send("prices.csv", CSV))
    assert (table["header"], table["num_header_rows"], table["num_rows"], table["num_columns"]) == (
        ["Product", "Price", "Stock"],
        1,
        4,
        3,
    )
    assert [cell["text"] for cell in table["cells"] if cell["row"] == 2] == ["Lamp", "1,100.00", "2"]
    assert [cell.get("is_header", False) for cell in table["cells"][:4]] == [True, True, True, False]
    assert (table["pages"], table["truncated"]) == ([1], False)


def test_every_format_has_the_same_table(reader: TestClient[Any], send: Send) -> None:
    document = send("formats.csv", CSV + b"\r\n")
    (as_csv,) = extract(reader, document=document, format="csv")
    assert [" | ".join(row) for row in csv.reader(io.StringIO(as_csv["csv"], newline=""))] == list(ROWS)
    assert "cells" not in as_csv
    (as_markdown,) = extract(reader, document=document, format="markdown")
    assert as_markdown["markdown"].splitlines()[2] == "| Pen | 3.50 | 10 |"
    again = reader.get(f"/tables/{as_markdown['id']}?format=csv").json()
    assert again == {**as_csv, "id": as_markdown["id"]}


def test_a_workbook_has_a_table_for_each_sheet(reader: TestClient[Any], send: Send) -> None:
    data = make_xlsx([["品名", "单价"], ["笔", 3.5]], 库存=[["品名", "数量"], ["笔", 10], ["本", 5]])
    tables = extract(reader, document=send("book.xlsx", data))
    assert [(table["sheet"], table["header"], table["num_rows"]) for table in tables] == [
        ("Prices", ["品名", "单价"], 2),
        ("库存", ["品名", "数量"], 3),
    ]


def test_html_and_markdown_keep_spans(reader: TestClient[Any], send: Send) -> None:
    html = b"<html><body><table><tr><th rowspan=2>A</th><th colspan=2>B</th></tr><tr><th>x</th><th>y</th></tr>"
    html += b"<tr><td>1</td><td>2</td><td>3</td></tr></table></body></html>"
    (table,) = extract(reader, document=send("page.html", html))
    assert table["header"] == ["A", "B / x", "B / y"]
    assert [(cell["text"], cell.get("num_rows", 1), cell.get("num_columns", 1)) for cell in table["cells"][:2]] == [
        ("A", 2, 1),
        ("B", 1, 2),
    ]
    (written,) = extract(reader, document=send("page.md", b"# Prices\n\n| a | b |\n| - | - |\n| 1 | 2 |\n"))
    assert written["header"] == ["a", "b"]


def test_a_table_over_a_page_break_of_a_pdf_is_one(reader: TestClient[Any], send: Send) -> None:
    first = draw_text("Price list 2024", 60, 790) + draw_table(ROWS[:3], top=120) + draw_text("1 / 2", 300, 20)
    second = draw_table((ROWS[0], ROWS[3])) + draw_text("2 / 2", 300, 20)
    (table,) = extract(reader, document=send("list.pdf", make_pdf(first, second)))
    assert (table["pages"], table["num_rows"]) == ([1, 2], 4)
    assert [cell["page"] for cell in table["cells"] if cell["column"] == 0] == [1, 1, 1, 2]


def test_pages_can_be_chosen(reader: TestClient[Any], send: Send) -> None:
    pages = [draw_table((f"Page {n} | Price", "Pen | 3", "Ink | 4")) + draw_text("The end.", 60, 90) for n in (1, 2, 3)]
    document = send("three.pdf", make_pdf(*pages))
    for pages_wanted in ("1,3", "3, 1-1", [1, 3], "1，3"):
        tables = extract(reader, document=document, pages=pages_wanted)
        assert [table["pages"] for table in tables] == [[1], [3]]


@pytest.mark.parametrize("pages", ["", "0", "4", "2-1", "a", "1-", [], [0], [9], "1,,x"])
def test_pages_that_are_not_there_are_refused(reader: TestClient[Any], send: Send, pages: Any) -> None:
    response = reader.post(
        "/tables", json={"document": send("one.md", b"# a\n\n| a | b |\n| - | - |\n| 1 | 2 |\n"), "pages": pages}
    )
    assert (response.status_code, "pages" in response.json()["error"]) == (400, True), response.text


@pytest.mark.parametrize(
    ("body", "status", "cause"),
    [
        ({}, 400, "document"),
        ({"document": "a", "image": png_base64()}, 400, "image"),
        ({"image": "?"}, 400, "base64"),
        ({"image": png_base64(), "pages": "1"}, 400, "pages"),
        ({"document": "nothing"}, 404, "nothing"),
        ({"document": "nothing", "format": "xml"}, 400, "format"),
    ],
)
def test_bad_requests_are_refused(reader: TestClient[Any], body: dict[str, Any], status: int, cause: str) -> None:
    response = reader.post("/tables", json=body)
    assert (response.status_code, cause in response.json()["error"]) == (status, True), response.text


def test_a_picture_is_read_by_the_model(reader: TestClient[Any]) -> None:
    """The fake model writes the shortest answer that the grammar allows."""
    for table in extract(reader, image=png_base64()):
        assert {cell["column"] for cell in table["cells"]} == set(range(table["num_columns"]))


def test_a_table_that_is_not_there(reader: TestClient[Any]) -> None:
    for path in ("/tables/nothing", "/tables/nothing?format=csv"):
        assert reader.get(path).status_code == 404
    assert reader.get("/tables/nothing?format=xml").status_code == 400


def test_a_long_sheet_is_cut_off_and_said(reader: TestClient[Any], send: Send) -> None:
    rows = "\n".join(f"item {i},{i}" for i in range(15_000))
    response = reader.post(
        "/tables", json={"document": send("long.csv", f"name,value\n{rows}".encode()), "format": "csv"}
    )
    (table,) = response.json()["tables"]
    assert response.json()["truncated"]
    assert (table["truncated"], table["num_rows"]) == (True, 10_000)
    asked = reader.post(f"/tables/{table['id']}/ask", json={"question": "sum of value"})
    assert asked.json()["result"]["groups"][0]["values"][0]["value"] == str(sum(range(15_000)))
