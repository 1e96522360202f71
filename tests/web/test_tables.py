"""Tables of answers and of documents: copied, saved as CSV, and drawn as charts."""

from pathlib import Path

import pytest
from playwright.sync_api import ViewportSize, expect

from tests.helpers.library_page import FakeLibrary, Json, make_document
from tests.helpers.pages import Visit
from tests.helpers.playground import CLIPBOARD
from tests.web.conftest import Open

WIDE: ViewportSize = {"width": 1280, "height": 720}
PRICES = '| name | price |\n|---|---|\n| hat, "large" | 5 |\n| =SUM(A1) | -3.5 |'


def cell(text: str, row: int, column: int, **values: object) -> Json:
    return {"text": text, "row": row, "column": column, "page": 2, **values}


TABLE: Json = {
    "id": "t" * 32,
    "pages": [2, 3],
    "truncated": False,
    "cells": [
        cell("2024", 0, 0, num_columns=2, is_header=True),
        cell("coat", 1, 0, num_rows=2),
        cell("9", 1, 1),
        cell("7", 2, 1),
    ],
}


@pytest.fixture
def chat(shared_chat: Visit) -> Visit:
    return shared_chat


def test_a_table_of_an_answer_is_copied_and_saved(shared_address: str, open_page: Open) -> None:
    chat = open_page(shared_address, **CLIPBOARD)
    chat.answer_with({"answer": f"{PRICES}\n\nand\n\n| a |\n|---|\n| b |"})
    chat.ask("the prices")
    expect(chat.button("Copy the table")).to_have_count(2)
    chat.button("Copy the table").first.click()
    expect(chat.button("Copied")).to_be_visible()
    copied = chat.page.evaluate("() => navigator.clipboard.readText()")
    assert copied == 'name\tprice\nhat, "large"\t5\n=SUM(A1)\t-3.5'
    with chat.page.expect_download() as saved:
        chat.button("Save as CSV").first.click()
    assert saved.value.suggested_filename == "table-1.csv"
    # a formula from a document that somebody else wrote must not run in a spreadsheet program
    expected = '\ufeffname,price\r\n"hat, ""large""",5\r\n\'=SUM(A1),-3.5\r\n'
    assert Path(saved.value.path()).read_bytes().decode() == expected


def test_the_tables_of_a_document_have_charts_in_place(chat: Visit) -> None:
    library = FakeLibrary(chat.page, make_document(1, name="prices.pdf"))
    library.tables = [TABLE, {**TABLE, "id": "u", "pages": [], "truncated": True, "cells": [cell("only words", 0, 0)]}]
    chat.ask("hello")
    chat.button("Documents: 1").click()
    with chat.page.expect_request("**/tables") as asked:
        chat.button("Tables in “prices.pdf”").click()
    assert asked.value.post_data_json == {"document": f"{1:032x}"}
    dialog = chat.page.get_by_role("dialog", name="Tables in prices.pdf")
    expect(dialog.get_by_role("status")).to_have_text("Tables: 2")
    expect(dialog.locator("h3")).to_have_text(["Table 1 (page 2, 3)", "Table 2"])
    first, second = dialog.locator("section").all()
    expect(first.locator("th")).to_have_attribute("colspan", "2")
    expect(first.locator("td").first).to_have_attribute("rowspan", "2")
    expect(second.locator(".hint")).to_have_text("Only the first rows are shown.")
    expect(second.get_by_role("combobox")).to_have_count(0)  # there is nothing to draw

    assert chat.page.viewport_size == WIDE
    chat.page.set_viewport_size({"width": 320, "height": 300})
    first.get_by_role("button", name="Draw a chart").click()
    expect(first.locator(".chart img")).to_have_attribute("alt", "Bar chart")
    expect(first.locator(".chart img")).to_be_in_viewport()
    assert first.locator(".chart img").evaluate("(image) => image.decode().then(() => image.naturalWidth)") == 40
    first.get_by_role("combobox").select_option("pie")
    expect(first.locator(".chart img")).to_have_attribute("alt", "Pie chart")
    assert library.charts == [{"kind": "bar", "format": "svg"}, {"kind": "pie", "format": "svg"}]
    chat.page.set_viewport_size(WIDE)


def test_spans_are_kept_in_what_is_saved(chat: Visit) -> None:
    rows = chat.page.evaluate(
        """async () => {
            const { readTable } = await import("/web/chat/tables.js");
            const table = document.createElement("table");
            for (const cells of [[["a", 1, 2], ["b", 2, 1]], [["c", 1, 1], ["d", 1, 1]], [["e", 1, 3]]]) {
                const row = table.insertRow();
                for (const [text, rowSpan, colSpan] of cells) {
                    Object.assign(row.insertCell(), { textContent: text, rowSpan, colSpan });
                }
            }
            return readTable(table);
        }"""
    )
    assert rows == [["a", "", "b"], ["c", "d", ""], ["e", "", ""]]


def test_why_there_are_no_tables_or_no_chart_is_said(chat: Visit) -> None:
    library = FakeLibrary(chat.page, make_document(1))
    chat.ask("hello")
    chat.button("Documents: 1").click()
    dialog = chat.page.get_by_role("dialog").last
    chat.button("Tables in “1.pdf”").click()
    expect(dialog.get_by_role("status")).to_have_text("No tables found")
    chat.page.keyboard.press("Escape")
    library.tables = [TABLE]
    chat.page.route("**/plot", lambda route: route.fulfill(status=400, json={"error": "a pie has no negative values"}))
    chat.button("Tables in “1.pdf”").click()
    chat.button("Draw a chart").click()
    expect(dialog.get_by_role("alert")).to_have_text("a pie has no negative values")
    chat.page.keyboard.press("Escape")
    chat.page.route("**/tables", lambda route: route.fulfill(status=503, json={"error": "too busy"}))
    chat.button("Tables in “1.pdf”").click()
    expect(dialog.get_by_role("status")).to_have_text("too busy")


def test_the_pages_to_look_through_can_be_named(chat: Visit) -> None:
    library = FakeLibrary(chat.page, make_document(1))
    library.tables = [{**TABLE, "sheet": "Prices"}]
    chat.ask("hello")
    chat.button("Documents: 1").click()
    chat.button("Tables in “1.pdf”").click()
    dialog = chat.page.get_by_role("dialog").last
    expect(dialog.locator("h3")).to_have_text(["Table 1 (Prices)"])
    chat.page.route("**/tables", lambda route: route.fulfill(json={"tables": [TABLE, TABLE], "truncated": True}))
    dialog.get_by_label("Pages").fill("2-3")
    with chat.page.expect_request("**/tables") as asked:
        dialog.get_by_role("button", name="Find").click()
    assert asked.value.post_data_json == {"document": f"{1:032x}", "pages": "2-3"}
    expect(dialog.get_by_role("status")).to_have_text("The first 2 tables of more: name some pages")
    expect(dialog.locator("h3")).to_have_count(2)
