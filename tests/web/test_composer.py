"""Where a question is written, in the ways that go wrong elsewhere."""

import pytest
from playwright.sync_api import expect

from tests.helpers.pages import Visit, file
from tests.web.conftest import Open, Serve


@pytest.fixture
def chat(shared_chat: Visit) -> Visit:
    return shared_chat


def test_enter_that_ends_a_word_of_an_input_method_sends_nothing(chat: Visit) -> None:
    question = chat.page.locator("#question")
    question.fill("你好")
    for told in ({"isComposing": True}, {"keyCode": 229}):
        question.dispatch_event("keydown", {"key": "Enter", **told, "bubbles": True, "cancelable": True})
    expect(question).to_have_value("你好")
    expect(chat.page.locator(".welcome")).to_be_visible()
    question.press("Enter")
    chat.expect_answers("0/1: 你好")


def test_a_new_dialogue_and_escape_end_an_answer_and_nothing_else_is_asked_meanwhile(
    serve: Serve, open_page: Open
) -> None:
    chat = open_page(serve(delay_s=0.05))
    chat.ask("slow " * 60)
    expect(chat.answers).to_contain_text("slow slow")
    chat.button("New conversation").click()
    expect(chat.button("Send")).to_be_visible()
    chat.ask("hello")
    chat.expect_answers("0/1: hello")
    expect(chat.page.locator(".session-link")).to_have_count(2)
    expect(chat.page.locator(".session-link[aria-current]")).to_have_text("hello")

    chat.button("New conversation").click()
    chat.ask("slow " * 60)
    expect(chat.button("Stop")).to_be_visible()
    chat.ask("and another")
    expect(chat.page.locator("#question")).to_have_value("and another")
    expect(chat.page.locator(".question")).to_have_count(1)
    chat.page.locator("#question").press("Escape")
    expect(chat.page.locator(".notes li")).to_have_text("Stopped")
    chat.page.locator("#question").press("Enter")
    expect(chat.answers.last).to_contain_text("and another")


def test_pictures_keep_their_order(chat: Visit) -> None:
    names = [f"{number}.png" for number in range(4)]
    chat.page.locator("#pick").set_input_files([file(name) for name in names])
    expect(chat.page.locator(".tray img")).to_have_count(4)
    chat.button("Remove picture 2").click()
    expect(chat.page.locator(".tray img")).to_have_count(3)
    chat.page.locator("#pick").set_input_files([file("again.png")])
    expect(chat.page.locator(".tray img")).to_have_count(4)
    chat.ask("four")
    chat.expect_answers("4/1: four")
    expect(chat.page.locator(".pictures .thumbnail")).to_have_count(4)


def test_a_picture_in_the_tray_opens_in_large(chat: Visit) -> None:
    chat.page.locator("#pick").set_input_files([file()])
    chat.button("Enlarge picture 1").click()
    expect(chat.page.get_by_role("dialog", name="Picture 1")).to_be_visible()
    chat.button("Close").last.click()
    expect(chat.page.get_by_role("dialog")).to_have_count(0)


def test_what_was_pasted_as_text_stays_text(chat: Visit) -> None:
    """Also where a picture of it comes along."""
    chat.page.locator("#question").evaluate(
        """(field) => {
            const data = new DataTransfer();
            data.setData("text/plain", "words");
            data.setData("text/html", "<b>words</b>");
            data.items.add(new File(["x"], "words.png", { type: "image/png" }));
            const event = new ClipboardEvent("paste", { bubbles: true, cancelable: true, clipboardData: data });
            window.isTaken = !field.dispatchEvent(event);
        }"""
    )
    assert chat.page.evaluate("() => window.isTaken") is False
    expect(chat.page.locator(".tray img")).to_have_count(0)


def test_the_field_grows_with_what_is_in_it(chat: Visit) -> None:
    height = "(field) => field.clientHeight"
    before = chat.page.locator("#question").evaluate(height)
    chat.page.locator("#question").fill("\n".join("abcdef"))
    assert chat.page.locator("#question").evaluate(height) > 2 * before


def test_browsers_without_the_css_for_that_grow_it_too(shared_address: str, open_page: Open) -> None:
    chat = open_page(shared_address)
    chat.page.evaluate("() => { CSS.supports = () => false; }")
    chat.page.locator("#question").evaluate("(field) => { field.style.fieldSizing = 'fixed'; }")
    chat.page.locator("#question").fill("\n".join("abcdef"))
    assert chat.page.locator("#question").evaluate("(field) => parseInt(field.style.height)") > 100


def test_titles_of_profiles_are_in_the_readers_language(chat: Visit) -> None:
    select = chat.page.locator("#profile")
    expect(select.locator("option").first).to_have_text("Default assistant")
    expect(select).to_contain_text("Online shop")
    chat.page.locator("#language").click()
    expect(select.locator("option").first).to_have_text("默认客服")
    expect(select).to_contain_text("电商客服")
    chat.page.locator("#language").click()
