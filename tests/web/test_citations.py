"""Sources of answers: marks in the text, the list below it, and the page that each opens."""

import json
from typing import Any

import pytest
from playwright.sync_api import Locator, expect

from tests.helpers.library_page import FakeLibrary, Json, make_document
from tests.helpers.pages import Visit

TEXT = "The warranty is valid for 24 months. 保修期为两年。"
LINES = [
    {"start": 0, "end": 20, "left": 0.1, "top": 0.2, "right": 0.9, "bottom": 0.25},
    {"start": 20, "end": 36, "left": 0.1, "top": 0.3, "right": 0.5, "bottom": 0.35},
    {"start": 36, "end": 45, "left": 0.1, "top": 0.4, "right": 0.5, "bottom": 0.45},
]

STREAM = """() => {
    const { fetch } = window;
    window.fetch = (path, options) => {
        if (path !== "/chat") return fetch(path, options);
        const body = new ReadableStream({ start: (controller) => (window.told = controller) });
        options.signal.addEventListener("abort", () => window.told.error(options.signal.reason));
        const headers = { "X-Session": "0".repeat(32), "X-Turn": "0".repeat(32) };
        return Promise.resolve(new Response(body, { headers }));
    };
}"""
"""Answers `/chat` with a stream that the test writes."""


def tell(chat: Visit, event: Json) -> None:
    """Send the next event of the stream."""
    write = "(text) => window.told.enqueue(new TextEncoder().encode(text))"
    chat.page.wait_for_function("() => 'told' in window")
    chat.page.evaluate(write, f"data: {json.dumps(event)}\n\n")


def cite(number: int = 1, **values: Any) -> Json:
    basis = {"number": number, "document": f"{1:032x}", "name": "1.pdf", "page": 2, "quote": TEXT[:36]}
    return {**basis, "start": 0, "end": 36, **values}


def answer(chat: Visit, text: str, *citations: Json) -> None:
    chat.answer_with({"piece": text}, {"answer": text, "citations": list(citations)})
    chat.ask("how long is the warranty")
    expect(chat.page.locator('[aria-busy="false"]')).to_have_count(1)


def open_mark(chat: Visit, name: str = "[1] 1.pdf, page 2") -> Locator:
    chat.page.locator(".markdown").get_by_role("button", name=name).click()
    dialog = chat.page.get_by_role("dialog")
    expect(dialog.locator('[aria-busy="false"]')).to_have_count(1)
    return dialog


@pytest.fixture
def chat(shared_chat: Visit) -> Visit:
    return shared_chat


def test_a_mark_opens_its_page_with_the_passage_marked(chat: Visit) -> None:
    library = FakeLibrary(chat.page, make_document(1))
    library.pages[2] = {"text": TEXT, "lines": LINES}
    answer(chat, "It is **24 months** [1].", cite())
    dialog = open_mark(chat)
    expect(dialog).to_have_accessible_name("1.pdf")
    expect(dialog.get_by_role("img")).to_have_attribute("alt", "1.pdf, page 2")
    expect(dialog.locator(".viewer-quote")).to_have_text(TEXT[:36])
    expect(dialog.locator(".viewer-place")).to_have_text("Page 2 of 3")
    boxes = dialog.locator(".cited.box")
    expect(boxes).to_have_count(2)
    image, box = dialog.get_by_role("img").bounding_box(), boxes.first.bounding_box()
    assert image is not None
    assert box is not None
    assert box["x"] - image["x"] == pytest.approx(0.1 * image["width"], abs=1)
    assert box["width"] == pytest.approx(0.8 * image["width"], abs=1)
    assert box["y"] - image["y"] == pytest.approx(0.2 * image["height"], abs=1)
    chat.page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    expect(chat.page.locator(".mark")).to_be_focused()


def test_the_pages_are_turned_and_the_mark_stays_on_its_own(chat: Visit) -> None:
    library = FakeLibrary(chat.page, make_document(1))
    library.pages[2] = {"text": TEXT, "lines": LINES}
    answer(chat, "24 months [1]", cite())
    dialog = open_mark(chat)
    chat.button("Next page").press("Enter")
    expect(dialog.locator(".viewer-place")).to_have_text("Page 3 of 3")
    expect(dialog.locator(".cited")).to_have_count(0)
    expect(chat.button("Next page")).to_be_disabled()
    chat.button("Previous page").click()
    expect(dialog.locator(".cited")).to_have_count(2)
    with chat.page.expect_download() as saved:
        chat.button("Download “1.pdf”").click()
    assert saved.value.suggested_filename == "1.pdf"


def test_marks_are_made_of_sources_alone_and_not_of_code(chat: Visit) -> None:
    FakeLibrary(chat.page, make_document(1))
    answer(chat, "a [1][2] b [3] `list[1]`\n\n| x |\n|---|\n| [2] |", cite(), cite(2, page=3))
    marks = chat.page.locator(".markdown .mark")
    expect(marks).to_have_text(["[1]", "[2]", "[2]"])
    expect(chat.page.locator(".markdown p")).to_have_text("a [1][2] b [3] list[1]")
    expect(chat.page.locator(".markdown td .mark")).to_have_count(1)


def test_an_answer_without_sources_has_no_list(chat: Visit) -> None:
    answer(chat, "It is not in the documents [1].")
    expect(chat.page.locator(".markdown")).to_have_text("It is not in the documents [1].")
    expect(chat.page.locator(".mark, .sources")).to_have_count(0)


def test_the_sources_below_the_answer_name_their_places(chat: Visit) -> None:
    FakeLibrary(chat.page, make_document(1, kind="xlsx"))
    answer(
        chat,
        "all [1][2][3][4][5]",
        cite(),
        cite(2, name="prices.xlsx", sheet="Price list", rows=[3, 5]),
        cite(3, name="manual.docx", heading="Care > Washing", quote=""),
        cite(4, name="a.csv", rows=[2, 2], quote=""),
        cite(5, name="a.csv", rows=[2, 9], quote=""),
    )
    sources = chat.page.locator(".sources")
    expect(sources.get_by_role("button")).to_have_text(
        [
            "[1] 1.pdf, page 2",
            "[2] prices.xlsx, Price list, rows 3–5",
            "[3] manual.docx, page 2, Care > Washing",
            "[4] a.csv, row 2",
            "[5] a.csv, rows 2–9",
        ]
    )
    expect(sources.locator("q")).to_have_text([TEXT[:36], TEXT[:36]])
    chat.button("中文: switch to Chinese").click()
    expect(sources.get_by_role("button").nth(1)).to_have_text("[2] prices.xlsx，Price list，第 3–5 行")
    expect(sources.get_by_role("button").nth(3)).to_have_text("[4] a.csv，第 2 行")
    expect(chat.page.locator(".mark").nth(0)).to_have_accessible_name("[1] 1.pdf，第 2 页")
    chat.page.locator("#language").click()


def test_a_text_shows_its_words_marked_also_behind_signs_of_two_units(chat: Visit) -> None:
    library = FakeLibrary(chat.page, make_document(1, kind="markdown"))
    library.pages[2] = {"text": f"😀😀 {TEXT}"}
    answer(chat, "two years [1]", cite(quote="保修期为两年。", start=3 + 37, end=3 + 44))
    dialog = open_mark(chat)
    expect(dialog.locator("mark")).to_have_text("保修期为两年。")
    expect(dialog.locator(".text-page")).to_have_text(f"😀😀 {TEXT}")
    expect(dialog.get_by_role("img")).to_have_count(0)


def test_a_sheet_shows_its_rows_with_the_cited_ones_marked(chat: Visit) -> None:
    library = FakeLibrary(chat.page, make_document(1, kind="xlsx"))
    rows = [{"number": 7, "start": 0, "end": 8}, {"number": 8, "start": 8, "end": 14}]
    library.pages[2] = {"text": "shirt\t9\nhat\t5\n", "sheet": "Prices", "rows": rows}
    answer(chat, "five [1]", cite(sheet="Prices", rows=[8, 8], start=8, end=14, quote="hat\t5"))
    dialog = open_mark(chat, "[1] 1.pdf, Prices, row 8")
    expect(dialog.get_by_role("row")).to_have_text(["7shirt9", "8hat5"])
    expect(dialog.locator("tr.cited")).to_have_text("8hat5")
    expect(dialog.locator("td")).to_have_text(["shirt", "9", "hat", "5"])
    expect(dialog.locator("caption")).to_have_text("Prices")


def test_a_later_part_of_a_sheet_has_the_header_above_its_rows(chat: Visit) -> None:
    library = FakeLibrary(chat.page, make_document(1, kind="xlsx"))
    cells = [("name", 0, 1), ("price", 0, 2), ("hat", 1, 1), ("5", 1, 2), ("cap", 2, 1)]
    table = {"start": 0, "end": 10, "cells": [{"text": t, "row": row, "column": at} for t, row, at in cells]}
    rows = [{"number": 204, "start": 0, "end": 6}, {"number": 205, "start": 6, "end": 10}]
    library.pages[2] = {"text": "hat\t5\ncap\n", "sheet": "Prices", "rows": rows, "tables": [table]}
    answer(chat, "five [1]", cite(sheet="Prices", rows=[204, 204], start=0, end=6))
    dialog = open_mark(chat, "[1] 1.pdf, Prices, row 204")
    expect(dialog.get_by_role("row")).to_have_text(["nameprice", "204hat5", "205cap"])
    expect(dialog.locator("tr.cited")).to_have_text("204hat5")


def cite_fact(**values: Any) -> Json:
    """A fact is cited with the row or the page that it comes from, and without characters of it."""
    return {**{name: value for name, value in cite(**values).items() if name not in ("start", "end")}, **values}


def test_a_fact_marks_the_rows_that_it_comes_from(chat: Visit) -> None:
    library = FakeLibrary(chat.page, make_document(1, kind="csv", has_file=False))
    rows = [{"number": number, "start": 2 * number, "end": 2 * number + 2} for number in (2, 3, 4)]
    library.pages[2] = {"text": "????a\nb\nc\n", "rows": rows}
    answer(chat, "it fits [1]", cite_fact(rows=[3, 4], quote="The belt fits the shirt."))
    dialog = open_mark(chat, "[1] 1.pdf, rows 3–4")
    expect(dialog.locator("tr.cited")).to_have_text(["3b", "4c"])
    expect(dialog.locator("blockquote")).to_have_text("The belt fits the shirt.")


def test_a_fact_of_a_text_opens_its_page_without_a_mark(chat: Visit) -> None:
    library = FakeLibrary(chat.page, make_document(1, kind="toml"))
    library.pages[2] = {"text": TEXT}
    answer(chat, "it fits [1]", cite_fact(quote="The belt fits the shirt."))
    dialog = open_mark(chat)
    expect(dialog.locator(".text-page")).to_have_text(TEXT)
    expect(dialog.locator(".cited")).to_have_count(0)
    expect(dialog.get_by_role("alert")).to_be_hidden()


def test_only_what_may_be_downloaded_has_a_button_for_that(chat: Visit) -> None:
    library = FakeLibrary(chat.page, make_document(1, kind="markdown", has_file=False))
    library.pages[2] = {"text": TEXT}
    answer(chat, "two years [1]", cite())
    dialog = open_mark(chat)
    expect(dialog.locator("mark")).to_have_text(TEXT[:36])
    expect(dialog.get_by_role("button", name="Next page")).to_be_enabled()
    expect(dialog.get_by_role("button", name="Download “1.pdf”")).to_have_count(0)


def test_what_cannot_be_opened_says_why(chat: Visit) -> None:
    FakeLibrary(chat.page)
    answer(chat, "24 months [1]", cite())
    chat.page.locator(".markdown .mark").click()
    dialog = chat.page.get_by_role("dialog")
    expect(dialog.get_by_role("alert")).to_have_text("This document has been deleted.")
    for name in ("Previous page", "Next page", "Download “1.pdf”"):
        expect(dialog.get_by_role("button", name=name)).to_be_disabled()  # there is nothing to turn to


def test_stored_answers_keep_their_sources(chat: Visit) -> None:
    FakeLibrary(chat.page, make_document(1))
    chat.ask("hello")
    chat.expect_answers("0/1: hello")

    def add_citations(route: Any) -> None:
        session = route.fetch().json()
        for turn in session["turns"]:
            turn["messages"][-1]["content"] = [{"type": "text", "text": "24 months [1]"}]
            turn["citations"] = [cite()]
        route.fulfill(json=session)

    chat.page.route("**/sessions/*", add_citations)
    chat.reload()
    expect(chat.page.locator(".mark")).to_have_text(["[1]"])
    expect(chat.page.locator(".sources button")).to_have_text(["[1] 1.pdf, page 2"])


def test_reading_for_an_answer_is_shown_until_its_text_begins_and_can_be_stopped(chat: Visit) -> None:
    chat.page.evaluate(STREAM)  # for good, so this test is the last of the page
    chat.ask("summarise it")
    tell(chat, {"progress": {"page": 120, "pages": 300}})
    expect(chat.page.locator(".thinking")).to_have_text("Reading page 120 of 300…")
    bar = chat.page.get_by_role("progressbar", name="Reading progress")
    assert bar.evaluate("({ value, max }) => [value, max]") == [120, 300]
    tell(chat, {"piece": "It is"})
    expect(chat.answers).to_have_text("It is")
    expect(bar).to_have_count(0)
    tell(chat, {"answer": "It is about shirts."})
    chat.expect_answers("It is about shirts.")

    chat.page.evaluate("() => delete window.told")
    chat.ask("summarise it")
    tell(chat, {"progress": {"page": 1, "pages": 300}})
    expect(chat.page.get_by_role("progressbar")).to_be_visible()
    chat.button("Stop").click()
    expect(chat.page.locator(".notes").last).to_have_text("Stopped")
    expect(chat.page.get_by_role("progressbar")).to_have_count(0)
