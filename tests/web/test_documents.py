"""Documents of a dialogue: sent, read, listed, removed, and what is said where that fails."""

import re

import pytest
from playwright.sync_api import Locator, Route, expect

from tests.helpers.library_page import FakeLibrary, make_document, read_json
from tests.helpers.pages import Visit, file
from tests.web.conftest import Open, Serve
from tests.web.test_drops import drop

SESSION = "5" * 32


def give(chat: Visit, *names: str) -> None:
    """Choose documents with the button."""
    chat.page.locator("#pick").set_input_files([file(name, b"%PDF-", "application/pdf") for name in names])


def chips(chat: Visit) -> Locator:
    return chat.page.locator(".chip")


def statuses(chat: Visit) -> Locator:
    return chat.page.locator(".chip-status")


def open_list(chat: Visit) -> Locator:
    chat.page.locator("button.documents").click()
    dialog = chat.page.get_by_role("dialog", name="Documents of this conversation")
    expect(dialog).to_be_visible()
    return dialog


@pytest.fixture
def chat(shared_chat: Visit) -> Visit:
    return shared_chat


def test_documents_are_sent_at_once_and_read(chat: Visit) -> None:
    library = FakeLibrary(chat.page)
    give(chat, "contract.pdf", "prices.pdf")
    expect(chips(chat).locator(".chip-name")).to_have_text(["contract.pdf", "prices.pdf"])
    expect(statuses(chat)).to_have_text(["Pages: 3", "Pages: 3"])
    (first, fields), (second, others) = library.uploads
    assert (first, second) == ("contract.pdf", "prices.pdf")
    assert fields == others
    assert re.fullmatch(r"chat-[0-9a-f]{32}", fields["user_id"])
    expect(chat.page).to_have_url(f"{chat.address}/#{SESSION}")
    expect(chat.button("Documents: 2")).to_be_visible()


def test_a_question_belongs_to_the_session_of_its_documents(chat: Visit) -> None:
    library = FakeLibrary(chat.page)
    give(chat, "contract.pdf")
    expect(statuses(chat)).to_have_text(["Pages: 3"])
    with chat.page.expect_request("**/chat") as asked:
        chat.ask("who signs it")
    assert read_json(asked.value)["user_id"] == library.uploads[0][1]["user_id"]
    expect(chips(chat)).to_have_count(0)  # it has been asked about
    expect(chat.button("Documents: 1")).to_be_visible()


def test_documents_come_by_drop_among_pictures_and_clips(chat: Visit) -> None:
    library = FakeLibrary(chat.page)
    chat.page.locator("#pick").set_input_files(
        [file("a.png"), file("notes", b"x", "application/octet-stream"), file("b.mov", b"x", "")]
    )
    expect(chat.page.locator(".tray .thumbnail")).to_have_count(1)
    expect(chat.page.locator(".tray .clip")).to_have_count(1)
    drop(chat.page, "#transcript", names=("c.png",))
    expect(chat.page.locator(".tray .thumbnail")).to_have_count(2)
    expect(chips(chat)).to_have_count(1)
    assert [name for name, _ in library.uploads] == ["notes"]


def test_reading_is_followed_page_by_page(serve: Serve, open_page: Open) -> None:
    chat = open_page(serve(), has_clock=True)
    library = FakeLibrary(chat.page, make_document(1, state="reading", pages=300, pages_read=0))
    library.steps[f"{1:032x}"] = [{"pages_read": 120}]
    give(chat, "other.pdf")
    expect(statuses(chat).first).to_have_text("Page 120 of 300")
    expect(chat.page.locator(".chip progress").first).to_have_attribute("value", "0.4")
    library.steps[f"{1:032x}"] = [{"pages_read": 300, "state": "ready"}]
    chat.pass_time(3)
    expect(statuses(chat)).to_have_text(["Pages: 3"])  # the first was not new, so it needs no chip any more


def test_only_one_document_is_followed_at_a_time(chat: Visit) -> None:
    FakeLibrary(chat.page, *(make_document(number, state="reading", pages_read=0) for number in range(1, 6)))
    give(chat, "sixth.pdf")
    expect(statuses(chat)).to_have_text(["Pages: 3"])
    followed = [url.split("/")[-2] for url in chat.requested if "/documents/" in url and url.endswith("/events")]
    assert followed == [f"{number:032x}" for number in range(1, 7)]


def test_a_reload_shows_them_again(chat: Visit) -> None:
    library = FakeLibrary(chat.page)
    chat.ask("hello")
    chat.expect_answers("0/1: hello")
    error = "the file is damaged: no pages"
    library.documents = [make_document(1), make_document(2, state="failed", pages=None, pages_read=0, error=error)]
    chat.reload()
    expect(chat.button("Documents: 2")).to_be_visible()
    expect(chips(chat).locator(".chip-error")).to_have_text([error])  # the other is read, and asked about
    chat.button("New conversation").click()
    expect(chat.page.locator("button.documents")).to_be_hidden()


def test_a_password_is_asked_for_until_it_is_right(chat: Visit) -> None:
    library = FakeLibrary(chat.page)
    library.refuse(400, "the file is encrypted", "encrypted")
    library.refuse(400, "the password is wrong", "wrong_password")
    give(chat, "secret.pdf")
    for errors, password in (([], "first"), (["the password is wrong"], "second")):
        dialog = chat.page.get_by_role("dialog", name="Encrypted document")
        expect(dialog).to_contain_text("“secret.pdf” opens only with its password.")
        expect(dialog.get_by_role("alert")).to_have_text(errors)
        dialog.get_by_label("Password of the document").fill(password)
        dialog.get_by_role("button", name="Open").click()
    expect(statuses(chat)).to_have_text(["Pages: 3"])
    assert [fields.get("password") for _, fields in library.uploads] == [None, "first", "second"]


def test_who_gives_no_password_can_give_it_later_or_remove_the_document(chat: Visit) -> None:
    library = FakeLibrary(chat.page)
    library.refuse(400, "the file is encrypted", "encrypted")
    give(chat, "secret.pdf", "open.pdf")
    chat.button("Cancel").click()
    expect(statuses(chat)).to_have_text(["Pages: 3", "Needs a password"])
    expect(chat.page.locator(".chip-error:visible")).to_have_count(0)
    chat.button("Enter the password of “secret.pdf”").click()
    chat.page.get_by_label("Password of the document").fill("right")
    chat.page.keyboard.press("Enter")
    expect(statuses(chat)).to_have_text(["Pages: 3", "Pages: 3"])
    chat.button("Remove “secret.pdf”").click()
    expect(chips(chat)).to_have_count(1)
    assert len(library.removed) == 1


def test_what_was_refused_says_why_and_can_be_sent_again_if_that_helps(chat: Visit) -> None:
    library = FakeLibrary(chat.page)
    library.refuse(429, "too many documents wait to be read")
    library.refuse(415, "the kind of the file is not known")
    give(chat, "a.pdf", "b.pdf")
    expect(chat.page.locator(".chip-error")).to_have_text(
        ["too many documents wait to be read", "the kind of the file is not known"]
    )
    expect(chat.button("Send “b.pdf” again")).to_be_hidden()
    chat.button("Send “a.pdf” again").click()
    expect(statuses(chat)).to_have_text(["Pages: 3", "Not sent"])
    assert [name for name, _ in library.uploads] == ["a.pdf", "b.pdf", "a.pdf"]


def test_a_file_over_the_limit_stays_here(serve: Serve, open_page: Open) -> None:
    chat = open_page(serve(max_document_bytes=4))
    library = FakeLibrary(chat.page)
    give(chat, "large.pdf")
    expect(chat.page.locator(".chip-error")).to_have_text("The file is too large: 1 MB, the limit is 1 MB.")
    assert library.uploads == []


def test_the_list_has_all_documents_with_what_is_said_of_them(chat: Visit) -> None:
    warning = "the document has macros, which are never run"
    library = FakeLibrary(chat.page, make_document(1, warnings=[warning]), make_document(2))
    give(chat, "new.pdf")
    dialog = open_list(chat)
    expect(dialog.locator(".link-name")).to_have_text(["1.pdf", "2.pdf", "new.pdf"])
    expect(dialog.locator(".is-warning")).to_have_text([warning])
    with chat.page.expect_download() as saved:
        dialog.get_by_role("button", name="Download “2.pdf”").click()
    assert saved.value.suggested_filename == "2.pdf"
    dialog.get_by_role("button", name="Remove “1.pdf”").click()
    chat.page.get_by_role("dialog", name="Remove this document?").get_by_role("button", name="Delete").click()
    expect(dialog.locator(".link-name")).to_have_text(["2.pdf", "new.pdf"])
    assert library.removed == [f"{1:032x}"]
    chat.page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)


def test_a_question_waits_for_the_files_on_their_way(chat: Visit) -> None:
    FakeLibrary(chat.page)
    order: list[str] = []
    chat.page.on("request", lambda request: order.append(f"{request.method} {request.url.split('/')[3].split('?')[0]}"))
    held: list[Route] = []
    chat.page.route("**/documents", lambda route: held.append(route), times=1)
    give(chat, "contract.pdf")
    expect(statuses(chat)).to_have_text(["Waiting to be sent"])
    chat.ask("who signs it")
    expect(chat.page.locator(".answer .thinking")).to_be_visible()
    assert "POST chat" not in order
    held[0].fallback()
    expect(chat.page.locator('[aria-busy="false"]')).to_have_count(1)
    assert order.index("POST documents") < order.index("POST chat")


def test_files_on_their_way_stay_with_their_dialogue(chat: Visit) -> None:
    library = FakeLibrary(chat.page)
    held: list[Route] = []
    chat.page.route("**/documents", lambda route: held.append(route), times=1)
    give(chat, "contract.pdf")
    expect(chips(chat)).to_have_count(1)
    chat.button("New conversation").click()
    expect(chips(chat)).to_have_count(0)
    held[0].fallback()
    give(chat, "other.pdf")
    expect(chips(chat).locator(".chip-name")).to_have_text(["other.pdf"])
    names = [fields["user_id"] for _, fields in library.uploads]
    assert len(set(names)) == 2
