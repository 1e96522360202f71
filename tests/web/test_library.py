"""The chat page on the server's own library: a customer uploads, asks, and opens what the answer is from."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import FilePayload, expect

from scripts.documents.pdf_writer import text_page, write_pdf
from server.engine.async_engine import AsyncEngine
from server.settings.settings import Settings
from tests.helpers.apps import stored_app
from tests.helpers.fakes import FakeChatModel
from tests.helpers.loopback import serve_on_loopback
from tests.helpers.pages import Contexts, Visit, file, visit_page
from tests.helpers.processes import get

CLAIM = "The warranty of the AB-123 kettle is 24 months."
PAGES = [
    [f"Chapter {number}", "All about kettles."] + ([CLAIM] if number == 2 else ["Nothing else."])
    for number in range(1, 4)
]
SHEET = b"name,price\nkettle,129\nteapot,89\n"


def pdf(name: str = "manual.pdf", password: str | None = None) -> FilePayload:
    content = write_pdf([text_page(lines) for lines in PAGES], password=password)
    return file(name, content, "application/pdf")


@pytest.fixture(scope="module")
def shared_address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    engine = AsyncEngine(FakeChatModel(), {"max_new_tokens": 400})
    app = stored_app(Settings(), engine, tmp_path_factory.mktemp("library") / "sessions.db")
    with serve_on_loopback(app) as (host, port):
        yield f"http://{host}:{port}"


@pytest.fixture
def chat(shared_chat: Visit) -> Visit:
    return shared_chat


def give(chat: Visit, *files: FilePayload) -> None:
    chat.page.locator("#pick").set_input_files(list(files))


def test_a_document_is_uploaded_asked_about_and_opened_at_the_page_of_the_answer(chat: Visit) -> None:
    give(chat, pdf())
    expect(chat.page.locator(".chip-status")).to_have_text("Pages: 3")
    chat.ask(f"Is it so?\n{CLAIM}")  # the fake repeats the question, of which the document supports a sentence
    expect(chat.page.locator(".mark")).to_have_text(["[1]"])
    chat.page.locator(".mark").click()
    dialog = chat.page.get_by_role("dialog", name="manual.pdf")
    expect(dialog.locator(".viewer-place")).to_have_text("Page 2 of 3")
    expect(dialog.locator(".viewer-quote")).to_contain_text(CLAIM)
    expect(dialog.get_by_role("img")).to_have_js_property("complete", True)
    assert dialog.get_by_role("img").evaluate("(image) => image.naturalWidth") > 600
    expect(dialog.locator(".cited.box")).to_have_count(1)
    chat.page.keyboard.press("Escape")
    chat.reload()
    expect(chat.page.locator(".sources button")).to_have_text(["[1] manual.pdf, page 2"])
    expect(chat.button("Documents: 1")).to_be_visible()
    expect(chat.page.locator(".session-link").first).to_have_text(
        f"Is it so? {CLAIM}"
    )  # the first question is the title


def test_a_dialogue_of_documents_alone_outlives_a_reload_and_is_titled_later(chat: Visit) -> None:
    give(chat, pdf("first.pdf"), file("prices.csv", SHEET, "text/csv"))
    expect(chat.page.locator(".chip-status")).to_have_text(["Pages: 3", "Pages: 1"])
    chat.reload()
    expect(chat.button("Documents: 2")).to_be_visible()
    chat.ask("a title")
    expect(chat.page.locator(".session-link").first).to_have_text("a title")


def test_a_sheet_is_opened_its_table_drawn_and_its_prices_added(chat: Visit) -> None:
    give(chat, file("prices.csv", SHEET, "text/csv"))
    expect(chat.page.locator(".chip-status")).to_have_text("Pages: 1")
    chat.button("Documents: 1").click()
    chat.page.get_by_role("dialog").get_by_role("button", name="prices.csv", exact=True).click()
    viewer = chat.page.get_by_role("dialog", name="prices.csv")
    expect(viewer.get_by_role("row").nth(1)).to_have_text("2kettle129")
    chat.page.keyboard.press("Escape")
    expect(viewer).to_have_count(0)

    chat.button("Tables in “prices.csv”").click()
    dialog = chat.page.get_by_role("dialog", name="Tables in prices.csv")
    expect(dialog.get_by_role("row")).to_have_text(["nameprice", "kettle129", "teapot89"])
    expect(dialog.locator("th")).to_have_text(["name", "price"])
    chat.button("Draw a chart").click()
    chart = dialog.locator(".chart img")
    expect(chart).to_have_attribute("alt", "Bar chart")
    assert chart.evaluate("(image) => image.decode().then(() => image.naturalWidth)") > 100
    for _ in range(chat.page.get_by_role("dialog").count()):
        chat.page.keyboard.press("Escape")

    chat.ask("What is the total price?")
    expect(chat.page.locator(".answer .markdown")).to_contain_text("218")
    expect(chat.page.locator(".sources button").first).to_contain_text("prices.csv")


def test_a_password_is_asked_for(chat: Visit) -> None:
    give(chat, pdf("secret.pdf", "letmein"))
    dialog = chat.page.get_by_role("dialog", name="Encrypted document")
    for password in ("wrong", "letmein"):
        dialog.get_by_label("Password of the document").fill(password)
        dialog.get_by_role("button", name="Open").click()
        if password == "wrong":
            expect(dialog.get_by_role("alert")).to_contain_text("the password is wrong")
    expect(dialog).to_have_count(0)
    expect(chat.page.locator(".chip-status")).to_have_text("Pages: 3")


def test_what_is_no_document_is_refused_with_its_cause_and_begins_no_dialogue(chat: Visit) -> None:
    before = len(get(f"{chat.address}/sessions")["sessions"])
    give(chat, file("program", bytes(range(256)) * 40, "application/octet-stream"))
    expect(chat.page.locator(".chip-error")).to_contain_text("the kind of the file is not known")
    assert len(get(f"{chat.address}/sessions")["sessions"]) == before


def test_a_document_is_removed_for_good_and_other_tabs_see_it(chat: Visit, contexts: Contexts) -> None:
    give(chat, pdf("gone.pdf"))
    expect(chat.page.locator(".chip-status")).to_have_text("Pages: 3")
    session = chat.page.url.split("#")[1]
    with visit_page(contexts.get(), chat.address, f"/#{session}") as other:
        expect(other.button("Documents: 1")).to_be_visible()
        chat.button("Remove “gone.pdf”").click()
        expect(chat.page.locator(".chip")).to_have_count(0)
        expect(other.page.locator("button.documents")).to_be_hidden()
    assert get(f"{chat.address}/documents?session={session}")["documents"] == []


def test_the_playground_sends_a_document_and_shows_its_passages(shared_address: str, contexts: Contexts) -> None:
    with visit_page(contexts.get(), shared_address, "/playground") as visit:
        with visit.page.expect_file_chooser() as chooser:
            visit.page.locator(".add-document").click()
        chooser.value.set_files([pdf()])
        visit.page.get_by_label("Message 1, part 2: text").fill(f"Is it so?\n{CLAIM}")
        visit.page.locator(".set .run").click()
        visit.page.locator(".prompt summary").first.click()
        expect(visit.page.locator(".passages tbody")).to_contain_text("manual.pdf, page 2")
