"""The knowledge page for operators: collections, their documents, and the questions that found nothing."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Locator, expect

from tests.helpers.knowledge_page import (
    FakeKnowledge,
    Prepare,
    make_collection,
    make_found,
    make_hit,
    make_knowledge_document,
    make_question,
)
from tests.helpers.pages import Visit, file
from tests.web.conftest import Open, OpenKnowledge, Serve

CSV = file("faq.csv", b"question,answer\nHow much?,9\n", "text/csv")
READ = {"state": "ready", "pages": 2, "pages_read": 2}
DROP = """(place) => {
    const dataTransfer = new DataTransfer();
    dataTransfer.items.add(new File(["a"], "a.txt"));
    dataTransfer.items.add(new File(["b"], "b.toml"));
    for (const type of ["dragover", "drop"]) {
        place.dispatchEvent(new DragEvent(type, { dataTransfer, bubbles: true, cancelable: true }));
    }
}"""


def one_shop(fake: FakeKnowledge) -> None:
    fake.collections = [make_collection("shop", title="My shop"), make_collection("other")]


OpenShop = Callable[..., tuple[Visit, FakeKnowledge]]


@pytest.fixture(scope="module")
def open_shop(open_shared_knowledge: OpenKnowledge) -> OpenShop:
    """Turns to the collection `shop` from another one of the page, if it shows them; otherwise it opens the page."""

    def open_(prepare: Prepare = one_shop) -> tuple[Visit, FakeKnowledge]:
        visit, fake = open_shared_knowledge(one_shop, path=None)
        prepare(fake)
        if not visit.page.url.endswith("#collection=shop&view=documents"):
            visit.go("/knowledge")
        for name in ("other", "shop"):
            visit.page.locator(f'#collections [data-name="{name}"] button').click()
        return visit, fake

    return open_


def collections(visit: Visit) -> Locator:
    return visit.page.locator("#collections li button")


def documents(visit: Visit) -> Locator:
    return visit.page.locator(".document-list > li")


def count(visit: Visit, key: str) -> Locator:
    return visit.page.locator(f'[data-count="{key}"]')


def choose(visit: Visit, *files: Any, role: str | None = None) -> None:
    if role is not None:
        visit.page.get_by_label("Read as").select_option(role)
    with visit.page.expect_file_chooser() as chooser:
        visit.button("Upload files").click()
    chooser.value.set_files(list(files))


def test_an_empty_base_says_how_to_begin(open_shared_knowledge: OpenKnowledge) -> None:
    visit, _ = open_shared_knowledge(lambda _: None)
    expect(visit.page.get_by_text("There are no collections yet")).to_be_visible()
    expect(visit.page.get_by_role("tab")).to_have_count(0)
    expect(visit.page.locator("#unanswered")).to_contain_text("None.")


def test_collections_are_made_named_and_deleted_and_a_name_is_refused_in_words(serve: Serve, open_page: Open) -> None:
    visit = open_page(serve(), path="/knowledge")
    make(visit, "winter-26", "Winter")
    expect(collections(visit)).to_have_text(["WinterDocuments: 0"])
    expect(visit.page.locator("#collection-title")).to_have_text("Winter")
    expect(visit.page.get_by_text("There are no documents here yet.")).to_be_visible()
    visit.button("Change the title").click()
    visit.page.get_by_label("Title (optional)").fill("")
    visit.button("Save").click()
    expect(visit.page.locator("#collection-title")).to_have_text("winter-26")
    visit.button("Delete the collection").click()
    visit.button("Cancel").click()
    expect(collections(visit)).to_have_count(1)
    visit.button("Delete the collection").click()
    visit.button("Delete").click()
    expect(collections(visit)).to_have_count(0)
    expect(visit.page.get_by_role("tab")).to_have_count(0)
    for name, cause in (("no spaces", "name"), ("shop", ""), ("shop", "already")):
        make(visit, name)
        if cause:
            expect(visit.page.get_by_role("alert")).to_contain_text(cause)
        else:
            expect(collections(visit)).to_have_count(1)


def make(visit: Visit, name: str, title: str = "") -> None:
    visit.button("New collection").click()
    visit.page.get_by_label("Name", exact=True).fill(name)
    visit.page.get_by_label("Title (optional)").fill(title)
    visit.button("Create").click()


def test_the_chosen_collection_shows_its_counts(open_shared_knowledge: OpenKnowledge) -> None:
    def prepare(fake: FakeKnowledge) -> None:
        counts = {"documents": 12, "reading": 2, "failed": 1, "passages": 3456, "faqs": 40, "entities": 30}
        fake.collections = [make_collection("a"), make_collection("b", title="Second", **counts)]

    visit, _ = open_shared_knowledge(prepare)
    expect(count(visit, "documents")).to_have_text("0")
    collections(visit).nth(1).click()
    for key, shown in {"documents": "12", "reading": "2", "failed": "1", "passages": "3,456", "faqs": "40"}.items():
        expect(count(visit, key)).to_have_text(shown)
    expect(collections(visit).nth(1)).to_contain_text("failed: 1")
    expect(collections(visit).nth(1)).to_be_focused()
    visit.page.reload()
    expect(visit.page.locator("#collection-title")).to_have_text("Second")


def test_documents_say_what_they_are_and_what_went_wrong(open_shop: OpenShop) -> None:
    def prepare(fake: FakeKnowledge) -> None:
        broken = {"state": "failed", "error": "It is damaged.", "pages": None, "pages_read": 0, "role": None}
        fake.documents = [
            make_knowledge_document(1, name="sheet.csv", role="products", source="shop/sheet.csv"),
            make_knowledge_document(2, name="faq.csv", role="faq", warnings=["Row 3 has no answer."]),
            make_knowledge_document(3, name="broken.pdf", **broken),
        ]

    visit, fake = open_shop(prepare)
    expect(documents(visit)).to_have_count(3)
    expect(documents(visit).nth(0)).to_contain_text("Cannot be read")
    expect(documents(visit).nth(0)).to_contain_text("It is damaged.")
    expect(documents(visit).nth(1)).to_contain_text("FAQs · 2 KB")
    expect(documents(visit).nth(1)).to_contain_text("Row 3 has no answer.")
    expect(documents(visit).nth(2)).to_contain_text("product sheet")
    expect(documents(visit).nth(2)).to_contain_text("from the folder: shop/sheet.csv")
    expect(visit.button("Remove “sheet.csv”")).to_be_hidden()  # it goes when its file in the folder does
    with visit.page.expect_download() as download:
        visit.button("Download “sheet.csv”").click()
    assert download.value.suggested_filename == "sheet.csv"
    visit.button("Remove “faq.csv”").click()
    visit.button("Delete").click()
    expect(documents(visit)).to_have_count(2)
    assert ("DELETE", f"/collections/shop/documents/{2:032x}") in fake.asked


def test_files_are_sent_with_their_role_and_followed(open_shop: OpenShop) -> None:
    def prepare(fake: FakeKnowledge) -> None:
        fake.steps["faq.csv"] = [
            {"pages": 2, "pages_read": 1},
            {**READ, "role": "faq", "warnings": ["One row is empty."]},
        ]

    visit, fake = open_shop(prepare)
    choose(visit, CSV, file("b.txt", b"text", "text/plain"), role="faq")
    expect(documents(visit).filter(has_text="b.txt")).to_contain_text("uploaded")
    expect(documents(visit).filter(has_text="faq.csv")).to_contain_text("Pages: 2")
    expect(documents(visit).filter(has_text="faq.csv")).to_contain_text("One row is empty.")
    expect(visit.page.locator("progress:visible")).to_have_count(0)
    assert [(name, fields["role"]) for name, fields in fake.uploads] == [("faq.csv", "faq"), ("b.txt", "faq")]
    visit.page.get_by_label("Read as").select_option("auto")


def test_files_are_dropped_on_the_page(open_shop: OpenShop) -> None:
    visit, fake = open_shop()
    expect(visit.page.get_by_text("There are no documents here yet.")).to_be_visible()
    visit.page.locator("h1").evaluate(DROP)
    for row in (0, 1):
        expect(documents(visit).nth(row)).to_contain_text("uploaded")
    assert [(name, fields["role"]) for name, fields in fake.uploads] == [("a.txt", "auto"), ("b.toml", "auto")]
    visit.page.get_by_role("tab", name="Hit test").click()
    visit.page.locator("h1").evaluate(DROP)  # its documents are not shown
    visit.page.get_by_role("tab", name="Documents").click()
    expect(documents(visit)).to_have_count(2)


def test_a_password_is_asked_for_until_it_opens_the_file(open_shop: OpenShop) -> None:
    def prepare(fake: FakeKnowledge) -> None:
        fake.upload_refusals = [(400, "It is encrypted.", "encrypted"), (400, "It is wrong.", "wrong_password")]

    visit, fake = open_shop(prepare)
    choose(visit, file("locked.pdf", b"%PDF", "application/pdf"))
    for password in ("first", "second"):
        visit.page.get_by_label("Password of the document").fill(password)
        visit.button("Open").click()
        expect(visit.page.locator("dialog")).to_have_count(0 if password == "second" else 1)
    expect(documents(visit)).to_have_count(1)
    expect(documents(visit)).to_contain_text("uploaded")
    assert [fields.get("password") for _, fields in fake.uploads] == [None, "first", "second"]


def test_a_refused_file_says_why_and_is_sent_again(open_shop: OpenShop) -> None:
    def prepare(fake: FakeKnowledge) -> None:
        fake.upload_refusals = [(503, "The disk is full.", None), (415, "This is no document.", "unsupported")]

    visit, fake = open_shop(prepare)
    choose(visit, CSV)
    expect(documents(visit)).to_contain_text("The disk is full.")
    visit.button("Send “faq.csv” again").click()
    expect(documents(visit)).to_contain_text("This is no document.")
    expect(visit.button("Send “faq.csv” again")).to_be_hidden()
    visit.button("Remove “faq.csv”").click()
    expect(documents(visit)).to_have_count(0)
    assert len(fake.uploads) == 2


def test_a_long_list_comes_in_pages(open_shop: OpenShop) -> None:
    def prepare(fake: FakeKnowledge) -> None:
        fake.documents = [make_knowledge_document(number) for number in range(120)]

    visit, _ = open_shop(prepare)
    for shown in (50, 100, 120):
        expect(documents(visit)).to_have_count(shown)
        if shown < 120:
            visit.button("Show more").click()
    expect(visit.button("Show more")).to_be_hidden()
    expect(documents(visit).last).to_contain_text("0.pdf")


def test_what_found_nothing_is_listed_tested_and_deleted(open_shared_knowledge: OpenKnowledge) -> None:
    def prepare(fake: FakeKnowledge) -> None:
        one_shop(fake)
        fake.questions = [make_question(number, f"Question {number}?") for number in (3, 2, 1)]
        fake.found = make_found(hits=[make_hit(1)])

    visit, fake = open_shared_knowledge(prepare)
    rows = visit.page.locator("#unanswered tbody tr")
    expect(rows).to_have_count(3)
    expect(rows.first).to_contain_text(re.compile(r"Question 3\?.*3.*2025.*shop"))
    visit.button("Test “Question 3?”").click()
    expect(visit.page.get_by_role("tab", name="Hit test")).to_have_attribute("aria-selected", "true")
    expect(visit.page.get_by_label("Question", exact=True)).to_have_value("Question 3?")
    expect(visit.page.get_by_text("Passage 1", exact=True)).to_be_visible()
    assert ("GET", "/collections/shop/search?q=Question+3%3F&limit=8") in fake.asked
    visit.button("Delete “Question 2?”").click()
    expect(rows).to_have_count(2)
    visit.button("Delete all").click()
    visit.page.locator("dialog").get_by_role("button", name="Delete", exact=True).click()
    expect(visit.page.locator("#unanswered")).to_contain_text("None.")
    expect(visit.button("Delete all")).to_be_hidden()
    assert fake.questions == []


def test_the_address_keeps_what_is_shown(open_shared_knowledge: OpenKnowledge) -> None:
    for view in ("documents", "hits", "graph"):
        visit, _ = open_shared_knowledge(one_shop, path=f"/knowledge?{view}#collection=other&view={view}")
        expect(visit.page.locator("#collection-title")).to_have_text("other")
        expect(visit.page.locator(f"#tab-{view}")).to_have_attribute("aria-selected", "true")
        assert visit.page.url.endswith(f"#collection=other&view={view}")
