"""What is not sent yet survives a reload, for each dialogue and each tab on its own."""

from typing import Any

import pytest
from playwright.sync_api import expect

from tests.helpers.pages import Visit, file
from tests.helpers.pictures import encode, open_noise
from tests.helpers.processes import post
from tests.web.conftest import Open, Serve

DRAFTS = """async ([name, given]) => {
    const { Drafts } = await import("/web/chat/drafts.js");
    return new Drafts()[name](...given);
}"""


@pytest.fixture
def chat(shared_chat: Visit) -> Visit:
    shared_chat.page.evaluate("() => sessionStorage.clear()")
    return shared_chat


def call(chat: Visit, name: str, *given: Any) -> Any:
    return chat.page.evaluate(DRAFTS, [name, given])


def test_a_question_survives_a_reload_until_it_is_sent(chat: Visit) -> None:
    question = chat.page.locator("#question")
    question.fill("is it in stock")
    chat.page.locator("#pick").set_input_files([file()])
    expect(chat.page.locator(".tray img")).to_have_count(1)
    chat.reload()
    expect(question).to_have_value("is it in stock")
    expect(chat.page.locator(".tray img")).to_have_js_property("naturalWidth", 8)
    question.press("Enter")
    chat.expect_answers("1/1: is it in stock")
    chat.reload()
    expect(question).to_have_value("")
    expect(chat.page.locator(".tray img")).to_have_count(0)
    assert call(chat, "list") == []


def test_a_question_that_did_not_reach_the_server_survives_too(chat: Visit) -> None:
    chat.page.route("**/chat", lambda route: route.abort(), times=1)
    chat.page.locator("#pick").set_input_files([file()])
    expect(chat.page.locator(".tray img")).to_have_count(1)
    chat.ask("is it red")
    expect(chat.page.locator(".answer .error")).to_be_visible()
    expect(chat.page.locator("#question")).to_have_value("")
    chat.reload()
    expect(chat.page.locator("#question")).to_have_value("is it red")
    expect(chat.page.locator(".tray img")).to_have_count(1)
    chat.page.locator("#question").press("Enter")
    chat.expect_answers("1/1: is it red")
    assert call(chat, "list") == []


def test_each_dialogue_has_its_own(serve: Serve, open_page: Open) -> None:
    address = serve(delay_s=0.01)
    post(f"{address}/chat", {"user_id": "shoes", "question": "shoes"})
    chat = open_page(address)
    question = chat.page.locator("#question")
    question.fill("of a new one")
    chat.page.locator(".session-link").click()
    expect(question).to_have_value("")
    question.fill("about shoes")
    chat.button("New conversation").click()
    expect(question).to_have_value("of a new one")
    question.press("Enter")
    question.press_sequentially("while it is answered")
    chat.expect_answers("0/1: of a new one")
    chat.reload()
    expect(question).to_have_value("while it is answered")
    chat.page.locator(".session-link").get_by_text("shoes").click()
    expect(question).to_have_value("about shoes")
    chat.button("New conversation").click()
    expect(question).to_have_value("")
    chat.page.locator(".session-link").get_by_text("shoes").click()
    chat.page.locator("[aria-current] ~ .icon-button").last.click()
    chat.page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(question).to_have_value("about shoes")  # the question is not the dialogue's


def test_two_tabs_do_not_mix(chat: Visit, open_page: Open) -> None:
    one, other = chat, open_page(chat.address)
    one.page.locator("#question").fill("one")
    other.page.locator("#question").fill("other")
    one.reload()
    other.reload()
    expect(one.page.locator("#question")).to_have_value("one")
    expect(other.page.locator("#question")).to_have_value("other")


def test_drafts_have_limits(chat: Visit) -> None:
    for number in range(25):
        call(chat, "write", f"{number:032}", {"text": f"draft {number}", "pictures": []})
        chat.page.evaluate("() => new Promise((resolve) => setTimeout(resolve, 2))")
    kept = call(chat, "list")
    assert [draft["text"] for draft in kept] == [f"draft {number}" for number in range(24, 4, -1)]
    call(chat, "write", None, {"text": "x" * 60_000, "pictures": [f"data:image/png;base64,{'A' * 3_000_000}"]})
    assert call(chat, "read", None) == {"text": "x" * 50_000, "pictures": [], "isCut": True}
    call(chat, "write", None, {"text": "", "pictures": []})
    assert call(chat, "read", None) == {"text": "", "pictures": [], "isCut": False}

    # what is too old or damaged is forgotten
    chat.page.evaluate(
        """() => {
            const old = { text: "old", pictures: [], time: Date.now() - 8 * 24 * 3600 * 1000 };
            sessionStorage.setItem("draft:new", JSON.stringify(old));
            sessionStorage.setItem("draft:damaged", "{");
            sessionStorage.setItem("other", "kept");
        }"""
    )
    assert len(call(chat, "list")) == 19
    assert chat.page.evaluate("() => sessionStorage.getItem('other')") == "kept"
    assert chat.page.evaluate("() => sessionStorage.getItem('draft:damaged')") is None


def test_a_picture_that_is_too_large_to_be_kept_is_told(chat: Visit) -> None:
    chat.page.locator("#question").fill("what is it")
    chat.page.locator("#pick").set_input_files([file(content=encode(open_noise((700, 700))))])
    expect(chat.page.locator(".tray img")).to_have_count(1)
    chat.reload()
    expect(chat.page.locator("#question")).to_have_value("what is it")
    expect(chat.page.locator(".composer .error")).to_contain_text("clips and large pictures have to be added again")


def test_a_browser_without_storage_asks_all_the_same(shared_address: str, open_page: Open) -> None:
    chat = open_page(shared_address)
    chat.page.evaluate(
        """() => {
            const refuse = () => { throw new DOMException("", "SecurityError"); };
            Object.defineProperty(window, "sessionStorage", { get: refuse });
        }"""
    )
    chat.ask("hello")
    chat.expect_answers("0/1: hello")
