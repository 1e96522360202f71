"""Documents, sources and tables for everybody: by keyboard, on narrow pages, in both directions, in light and dark."""

from typing import Any

import pytest
from playwright.sync_api import expect

from tests.helpers.axe import SCHEMES, Scheme, find_violations_of
from tests.helpers.library_page import FakeLibrary, make_document
from tests.helpers.pages import Visit, file
from tests.web.conftest import Open
from tests.web.test_access import width
from tests.web.test_citations import LINES, TEXT, answer, cite
from tests.web.test_tables import PRICES, TABLE

NARROW: dict[str, Any] = {"viewport": {"width": 320, "height": 568}, "has_touch": True, "is_mobile": True}
LONG = "a-contract-with-a-very-long-name-that-nobody-can-read-in-a-chip-of-a-phone.pdf"


@pytest.fixture
def chat(shared_chat: Visit) -> Visit:
    return shared_chat


def fill(chat: Visit) -> FakeLibrary:
    """Bring everything onto the page that documents can: chips of all states, an answer with sources, and a table."""
    failed = {"state": "failed", "pages": None, "pages_read": 0, "error": "the file is damaged: no pages"}
    library = FakeLibrary(chat.page, make_document(1, warnings=["no Chinese font"]), make_document(2, **failed))
    library.pages[2] = {"text": TEXT, "lines": LINES}
    library.tables = [TABLE]
    answer(chat, f"It is 24 months [1].\n\n{PRICES}", cite())
    library.refuse(415, "the kind of the file is not known")
    chat.page.locator("#pick").set_input_files([file("b.bin", b"x", ""), file(LONG, b"x", "application/pdf")])
    chat.page.locator("#pick").set_input_files([file("clip.avi", b"x", "")])
    expect(chat.page.locator(".chip")).to_have_count(3)
    expect(chat.page.locator('.chip[data-state="ready"]')).to_have_count(1)
    return library


@pytest.mark.parametrize("is_narrow", [False, True])
def test_axe_finds_nothing_and_all_is_within_the_page(shared_address: str, open_page: Open, is_narrow: bool) -> None:
    schemes: tuple[Scheme, ...] = ("dark",) if is_narrow else SCHEMES
    chat = open_page(shared_address, bypass_csp=True, **(NARROW if is_narrow else {}))
    fill(chat)
    assert find_violations_of(chat.page, *schemes) == []
    assert not is_narrow or width(chat) == 320
    expect(chat.button("Send")).to_be_in_viewport(ratio=1)
    chat.page.locator(".mark").click()
    expect(chat.page.locator(".cited.box")).to_have_count(2)
    assert find_violations_of(chat.page, *schemes) == []
    assert not is_narrow or width(chat) == 320
    chat.page.keyboard.press("Escape")
    chat.button("Documents: 4").click()
    assert find_violations_of(chat.page, *schemes) == []
    chat.button("Tables in “1.pdf”").click()
    chat.button("Draw a chart").click()
    expect(chat.page.locator(".chart img")).to_be_visible()
    assert find_violations_of(chat.page, *schemes) == []
    assert not is_narrow or width(chat) == 320


def test_a_source_is_opened_and_left_by_keyboard_alone(chat: Visit) -> None:
    fill(chat)
    chat.page.locator(".mark").focus()
    chat.page.keyboard.press("Enter")
    dialog = chat.page.get_by_role("dialog")
    expect(dialog.locator(".viewer-place")).to_have_text("Page 2 of 3")
    chat.button("Next page").focus()
    chat.page.keyboard.press("Space")
    expect(dialog.locator(".viewer-place")).to_have_text("Page 3 of 3")
    expect(chat.page.locator(".viewer-body")).to_have_attribute("aria-busy", "false")
    chat.button("Previous page").focus()
    chat.page.keyboard.press("Enter")
    expect(dialog.locator(".cited.box")).to_have_count(2)
    chat.page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    expect(chat.page.locator(".mark")).to_be_focused()


def test_a_screen_reader_is_told_of_ends_and_not_of_each_step(chat: Visit) -> None:
    library = FakeLibrary(chat.page)
    library.steps[f"{1:032x}"] = [{"pages_read": 1}, {"pages_read": 2}, {"state": "ready", "pages_read": 3}]
    chat.page.evaluate(
        """() => {
            window.news = [];
            const place = document.querySelector(".chips-area [role=status]");
            new MutationObserver(() => window.news.push(place.textContent)).observe(place, { childList: true });
        }"""
    )
    chat.page.locator("#pick").set_input_files([file("a.pdf", b"x", "application/pdf")])
    expect(chat.page.locator(".chip-status")).to_have_text("Pages: 3")
    assert chat.page.evaluate("() => window.news") == ["a.pdf: Pages: 3"]


def test_names_from_right_to_left_have_their_direction(chat: Visit) -> None:
    name = "عقد الإيجار.pdf"
    FakeLibrary(chat.page, make_document(1, name=name))
    answer(chat, "24 [1]", cite(name=name))
    expect(chat.page.locator(".source")).to_have_attribute("dir", "auto")
    chat.button("Documents: 1").click()
    direction = "(shown) => getComputedStyle(shown).direction"
    assert chat.page.locator(".link-name").evaluate(direction) == "rtl"


def test_everything_is_said_in_chinese_too(shared_address: str, open_page: Open) -> None:
    chat = open_page(shared_address, locale="zh-CN")
    library = FakeLibrary(chat.page, make_document(1, state="reading", pages=300, pages_read=120))
    library.steps[f"{1:032x}"] = [{"pages_read": 120}]
    chat.answer_with({"answer": "好", "citations": [cite()]})
    chat.ask("你好")
    expect(chat.page.locator(".chip-status")).to_have_text("已读 120/300 页")
    expect(chat.page.locator(".sources h3")).to_have_text("来源")
    chat.button("文档：1 个").click()
    expect(chat.page.get_by_role("dialog", name="本会话的文档")).to_be_visible()
    assert chat.page.locator("html").get_attribute("lang") == "zh-CN"
