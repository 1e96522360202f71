"""A customer's dialogue, from its start to a reload."""

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.helpers.pages import Visit, file
from tests.helpers.pictures import png
from tests.helpers.processes import get
from tests.web.conftest import Open, Serve


def stored(visit: Visit) -> list[dict[str, Any]]:
    """The turns of the one session."""
    (session,) = get(f"{visit.address}/sessions")["sessions"]
    turns: list[dict[str, Any]] = get(f"{visit.address}/sessions/{session['id']}")["turns"]
    return turns


def give(page: Page, event: str, target: str) -> None:
    """A picture by the clipboard or by drop, as browsers do."""
    page.evaluate(
        """([event, target]) => {
            const canvas = document.createElement("canvas");
            const bytes = Uint8Array.from(atob(canvas.toDataURL().split(",")[1]), (sign) => sign.charCodeAt(0));
            const data = new DataTransfer();
            data.items.add(new File([bytes], "given.png", { type: "image/png" }));
            const options = { bubbles: true, cancelable: true };
            const given = event === "paste"
                ? new ClipboardEvent("paste", { ...options, clipboardData: data })
                : new DragEvent(event, { ...options, dataTransfer: data });
            document.querySelector(target).dispatchEvent(given);
        }""",
        [event, target],
    )


@pytest.fixture
def chat(shared_chat: Visit) -> Visit:
    return shared_chat


def test_a_dialogue_with_pictures_outlives_a_reload(chat: Visit) -> None:
    chat.page.locator("#pick").set_input_files([file(), file("blue.png", png(colour="blue"))])
    expect(chat.page.locator(".tray img")).to_have_count(2)
    chat.ask("what are these")
    chat.expect_answers("2/1: what are these")
    expect(chat.page.locator(".tray img")).to_have_count(0)
    chat.ask("and now")
    chat.expect_answers("2/1: what are these", "2/2: and now")
    chat.button("Helpful").last.click()
    expect(chat.button("Helpful").last).to_have_attribute("aria-pressed", "true")
    chat.reload()
    chat.expect_answers("2/1: what are these", "2/2: and now")
    expect(chat.page.locator(".question")).to_have_text(["what are these", "and now"])
    expect(chat.page.locator(".pictures img")).to_have_count(2)
    expect(chat.button("Helpful").last).to_have_attribute("aria-pressed", "true")
    expect(chat.button("Helpful").first).to_have_attribute("aria-pressed", "false")
    chat.ask("third")
    expect(chat.answers.last).to_have_text("2/3: third")


def test_pictures_come_by_paste_and_drop_and_can_be_removed(chat: Visit) -> None:
    give(chat.page, "paste", "#question")
    expect(chat.page.locator(".tray img")).to_have_count(1)
    give(chat.page, "dragover", "#transcript")
    expect(chat.page.locator(".drop-hint")).to_be_visible()
    give(chat.page, "drop", "#transcript")
    expect(chat.page.locator(".tray img")).to_have_count(2)
    expect(chat.page.locator(".drop-hint")).to_be_hidden()
    chat.button("Remove picture 1").click()
    chat.ask("one")
    chat.expect_answers("1/1: one")


def test_what_is_too_much_is_said_and_stays_here(serve: Serve, open_page: Open) -> None:
    chat = open_page(serve(max_images=1, max_body_bytes=1024))
    chat.page.locator("#pick").set_input_files([file(), file()])
    expect(chat.page.locator(".composer .error")).to_have_text("At most 1 pictures at once.")
    expect(chat.page.locator(".tray img")).to_have_count(1)

    chat.button("Remove picture 1").click()
    chat.page.locator("#pick").set_input_files([file(content=png() + bytes(2000))])
    chat.ask("what is it")
    expect(chat.page.locator(".composer .error")).to_contain_text("too large")
    expect(chat.page.locator("#question")).to_have_value("what is it")


def test_the_server_refuses_what_it_cannot_read(chat: Visit) -> None:
    chat.page.locator("#pick").set_input_files([file(content=b"nothing")])
    chat.ask("what is it")
    expect(chat.page.locator(".answer .error")).to_contain_text("the picture cannot be used")
    chat.page.reload()
    chat.wait()
    expect(chat.page.locator(".welcome")).to_be_visible()


def test_a_picture_opens_in_large(chat: Visit) -> None:
    chat.page.locator("#pick").set_input_files([file()])
    chat.ask("what is it")
    chat.expect_answers("1/1: what is it")
    chat.button("Enlarge picture 1").click()
    expect(chat.page.get_by_role("dialog")).to_be_visible()
    chat.page.keyboard.press("Escape")
    expect(chat.page.get_by_role("dialog")).to_have_count(0)
    expect(chat.button("Enlarge picture 1")).to_be_focused()


def test_enter_sends_and_with_shift_it_is_a_new_line(chat: Visit) -> None:
    question = chat.page.locator("#question")
    question.press_sequentially("one")
    question.press("Shift+Enter")
    question.press_sequentially("two")
    question.press("Enter")
    expect(chat.page.locator(".question")).to_have_text("one\ntwo", use_inner_text=True)
    expect(question).to_have_value("")


def test_nothing_is_asked_without_words(chat: Visit) -> None:
    expect(chat.button("Send")).to_be_disabled()
    chat.ask("  ")
    expect(chat.page.locator(".welcome")).to_be_visible()


def test_an_answer_is_copied_as_it_was_written(shared_address: str, open_page: Open) -> None:
    chat = open_page(shared_address, permissions=["clipboard-read", "clipboard-write"])
    chat.ask("some **bold** words")
    chat.expect_answers("0/1: some bold words")
    chat.button("Copy").click()
    expect(chat.button("Copied")).to_be_visible()
    assert chat.page.evaluate("() => navigator.clipboard.readText()") == "0/1: some **bold** words"


def test_the_profile_that_is_chosen_is_the_dialogues(chat: Visit) -> None:
    chat.page.get_by_label("Assistant").select_option(label="Restaurant")
    chat.ask("hello")
    chat.expect_answers("0/1: hello")
    chat.reload()
    expect(chat.page.get_by_label("Assistant")).to_have_value("restaurant")


def test_what_was_done_to_question_and_answer_is_said(chat: Visit) -> None:
    told = {
        "answer": "fine",
        "dropped_turns": 3,
        "corrections": [{"from": "waht", "to": "what"}],
        "moderation": [{"where": "answer", "category": "abuse", "action": "mask"}],
    }
    chat.answer_with({"piece": "fi"}, told)
    chat.ask("waht")
    expect(chat.page.locator(".notes li")).to_have_text(
        [
            "Corrected: “waht” → “what”",
            "Some words in the answer were masked (abuse)",
            "The 3 oldest turns no longer fit and were left out",
        ]
    )


def test_what_was_done_to_question_and_answer_is_said_after_a_reload_too(serve: Serve, open_page: Open) -> None:
    chat = open_page(serve(typos="on", moderation="on"))
    chat.ask("what is the pirce of this fizzwobble or quibblesnort")
    chat.expect_answers("0/1: what is the price of this ********** or quibblesnort")
    said = ["Corrected: “pirce” → “price”", "Some words in the question were masked (example-mask)"]
    for _ in range(2):
        expect(chat.page.locator(".notes li")).to_have_text(said)
        chat.reload()
    expect(chat.page.locator(".answer")).to_contain_text("the price of this **********")
    (session,) = chat.page.evaluate("async () => (await (await fetch('/sessions')).json()).sessions")
    stored = chat.page.evaluate("async (id) => (await fetch(`/sessions/${id}`)).json()", session["id"])
    assert "fizzwobble" not in str(stored["turns"][0]["moderation"])
    assert "fizzwobble" not in str(stored["turns"][0]["messages"][-1])


@pytest.mark.parametrize(
    ("locale", "answer"),
    [("en-US", "This is a striped blue shirt for 299 yuan."), ("zh-CN", "这是一款蓝色条纹衬衫，售价299元。")],
)
def test_a_newcomer_clicks_a_card_and_sees_a_right_answer(demo: str, open_page: Open, locale: str, answer: str) -> None:
    chat = open_page(demo, locale=locale)
    chat.page.locator(".card").first.click()
    chat.expect_answers(answer)


def test_without_the_demo_there_are_no_cards(chat: Visit) -> None:
    expect(chat.page.locator(".welcome")).to_be_visible()
    expect(chat.page.locator(".card")).to_have_count(0)
