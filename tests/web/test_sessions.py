"""The list of dialogues: search, opening, titles, and their end."""

import base64
import re

from playwright.sync_api import Locator, Route, expect

from tests.helpers.pages import Visit
from tests.helpers.pictures import png
from tests.helpers.processes import get, post
from tests.web.conftest import Open, Serve


def titles(chat: Visit) -> Locator:
    return chat.page.locator(".session-link")


def told(address: str, *questions: str) -> str:
    """The address, with a dialogue of each question, named after it."""
    for question in questions:
        post(f"{address}/chat", {"user_id": question, "question": question})
    return address


def test_a_dialogue_is_listed_under_its_first_question(chat: Visit) -> None:
    expect(chat.page.locator("#sessions")).to_contain_text("No conversations yet")
    chat.ask("where  is my order")
    expect(titles(chat)).to_have_text(["where is my order"])
    expect(titles(chat)).to_have_attribute("aria-current", "true")
    chat.ask("another question")
    chat.expect_answers("0/1: where is my order", "0/2: another question")
    expect(titles(chat)).to_have_text(["where is my order"])
    (session,) = get(f"{chat.address}/sessions")["sessions"]
    assert session["title"] == "where is my order"
    assert session["name"].startswith("chat-")

    # a new one is another one
    chat.button("New conversation").click()
    expect(chat.page.locator(".welcome")).to_be_visible()
    chat.ask("second")
    chat.expect_answers("0/1: second")
    expect(titles(chat)).to_have_text(["second", "where is my order"])
    titles(chat).nth(1).click()
    chat.expect_answers("0/1: where is my order", "0/2: another question")


def test_a_long_list_has_more_and_is_searched_in_all_that_was_said(serve: Serve, open_page: Open) -> None:
    others = (f"question {number}" for number in range(30))
    chat = open_page(told(serve(), "red shoes", "blue hat", "100% wool", *others))
    expect(titles(chat)).to_have_count(30)
    chat.button("More").click()
    expect(titles(chat)).to_have_count(33)
    expect(chat.button("More")).to_be_hidden()
    search = chat.page.get_by_label("Search conversations")
    for text, found in (("SHOES", ["red shoes"]), ("0/1: blue", ["blue hat"]), ("%", ["100% wool"])):
        search.fill(text)
        expect(titles(chat)).to_have_text(found)
    search.fill("green")
    expect(chat.page.locator("#sessions")).to_contain_text("Nothing found")
    search.fill("")
    expect(titles(chat)).to_have_count(30)


def test_a_dialogue_is_renamed_and_a_list_that_arrives_after_a_newer_one_is_not_shown(
    serve: Serve, open_page: Open
) -> None:
    chat = open_page(told(serve(), "order 12"))
    chat.button("Rename").click()
    title = chat.page.get_by_label("Title")
    expect(title).to_have_value("order 12")
    title.fill("Late parcel" * 9)
    title.press("Enter")
    expect(titles(chat)).to_have_text(["Late parcel" * 9])
    expect(chat.button("Delete")).to_be_in_viewport(ratio=1)
    expect(chat.button("Rename")).to_be_focused()
    (session,) = get(f"{chat.address}/sessions")["sessions"]
    assert (session["name"], session["title"]) == ("order 12", "Late parcel" * 9)
    chat.button("Rename").click()
    chat.page.keyboard.press("Escape")
    expect(titles(chat)).to_have_text(["Late parcel" * 9])

    late: list[Route] = []
    chat.page.route("**/sessions?*", lambda route: late.append(route), times=1)
    chat.ask("another")
    chat.expect_answers("0/1: another")
    chat.button("Rename").click()
    chat.page.get_by_label("Title").fill("Late parcel")
    chat.page.keyboard.press("Enter")
    expect(titles(chat)).to_have_text(["another", "Late parcel"])
    with chat.page.expect_response("**/sessions?*"):
        late[0].fulfill(json={"sessions": [], "next_cursor": None})
    expect(titles(chat)).to_have_text(["another", "Late parcel"])


def test_a_dialogue_is_deleted_by_who_says_so_twice(serve: Serve, open_page: Open) -> None:
    chat = open_page(told(serve(), "old"))
    chat.ask("secret")
    expect(titles(chat)).to_have_text(["secret", "old"])
    confirm = chat.page.get_by_role("dialog").get_by_role("button", name="Delete")
    chat.button("Delete").last.click()
    chat.button("Cancel").click()
    expect(titles(chat)).to_have_count(2)
    chat.button("Delete").last.click()
    confirm.hover()
    expect(confirm).to_have_css("background-color", "rgb(179, 38, 30)")  # still red
    confirm.click()
    expect(titles(chat)).to_have_text(["secret"])
    expect(titles(chat)).to_be_focused()
    chat.button("Delete").click()
    confirm.click()
    expect(titles(chat)).to_have_count(0)
    expect(chat.page.locator(".welcome")).to_be_visible()
    assert get(f"{chat.address}/sessions")["sessions"] == []


def test_an_address_opens_its_dialogue_and_of_two_that_are_opened_at_once_the_last_is_shown(
    serve: Serve, open_page: Open
) -> None:
    address = told(serve(), "quick")
    (session,) = get(f"{address}/sessions")["sessions"]
    post(f"{address}/chat", {"user_id": "slow", "question": "hello", "image": base64.b64encode(png()).decode()})
    chat = open_page(address, path=f"/#{session['id']}")
    chat.expect_answers("0/1: quick")
    chat.ask("and now")
    chat.expect_answers("0/1: quick", "0/2: and now")

    held: list[Route] = []
    chat.page.route("**/pictures/*", lambda route: held.append(route))
    titles(chat).get_by_text("slow").click()
    expect(titles(chat).get_by_text("slow")).to_have_attribute("aria-current", "true")
    titles(chat).get_by_text("quick").click()
    chat.expect_answers("0/1: quick", "0/2: and now")
    with chat.page.expect_response("**/pictures/*"):
        held[0].continue_()
    chat.ask("then")
    chat.expect_answers("0/1: quick", "0/2: and now", "0/3: then")


def test_an_address_of_nothing_says_so(shared_address: str, open_page: Open) -> None:
    chat = open_page(shared_address, path=f"/#{'0' * 32}")
    expect(chat.page.locator(".composer .error")).to_have_text("This conversation no longer exists.")
    expect(chat.page).to_have_url(re.compile(r"/$"))
