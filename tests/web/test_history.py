"""Back and Forward walk through dialogues."""

import re

from playwright.sync_api import Locator, expect

from tests.helpers.pages import Visit
from tests.helpers.processes import get, post
from tests.web.conftest import Open, Serve

GONE = "This conversation no longer exists."


def titles(chat: Visit) -> Locator:
    return chat.page.locator(".session-link")


def ids(address: str) -> dict[str, str]:
    return {session["name"]: session["id"] for session in get(f"{address}/sessions")["sessions"]}


def test_back_and_forward_walk_through_dialogues(serve: Serve, open_page: Open) -> None:
    address = serve()
    for name in ("shoes", "hats"):
        post(f"{address}/chat", {"user_id": name, "question": name})
    chat = open_page(address)
    for name in ("shoes", "hats"):
        titles(chat).get_by_text(name).click()
        chat.expect_answers(f"0/1: {name}")
    chat.page.go_back()
    chat.expect_answers("0/1: shoes")
    expect(chat.page.locator(".session-link[aria-current]")).to_have_text("shoes")
    chat.reload()
    chat.expect_answers("0/1: shoes")

    # skipping to the question keeps the dialogue, and is no entry
    chat.page.locator(".skip").focus()
    chat.page.keyboard.press("Enter")
    expect(chat.page.locator("#question")).to_be_focused()
    expect(chat.page).to_have_url(re.compile(r"#[0-9a-f]{32}$"))
    chat.expect_answers("0/1: shoes")

    chat.page.go_back()
    expect(chat.page.locator(".welcome")).to_be_visible()
    chat.page.go_forward()
    chat.expect_answers("0/1: shoes")
    chat.page.go_forward()
    chat.expect_answers("0/1: hats")

    # a new dialogue is one entry, before and after its first answer
    chat.button("New conversation").click()
    chat.ask("socks")
    chat.expect_answers("0/1: socks")
    chat.page.go_back()
    chat.expect_answers("0/1: hats")
    chat.page.go_forward()
    chat.expect_answers("0/1: socks")


def test_what_is_gone_is_said(serve: Serve, open_page: Open) -> None:
    address = serve()
    for name in ("shoes", "hats"):
        post(f"{address}/chat", {"user_id": name, "question": name})
    chat = open_page(address)
    for name in ("shoes", "hats"):
        titles(chat).get_by_text(name).click()
        chat.expect_answers(f"0/1: {name}")
    assert chat.page.request.delete(f"{address}/sessions/{ids(address)['shoes']}").ok
    chat.page.go_back()
    expect(chat.page.locator(".composer .error")).to_have_text(GONE)
    expect(chat.page).to_have_url(re.compile(r"/$"))
    chat.page.go_forward()
    chat.expect_answers("0/1: hats")
    expect(chat.page.locator(".composer .error")).to_be_hidden()
    for fragment in ("%", "%E0%A4%A", "no/../such", "x" * 3000):
        chat.page.evaluate("(fragment) => { location.hash = fragment; }", fragment)
        expect(chat.page.locator(".composer .error")).to_have_text(GONE)
        expect(chat.page).to_have_url(re.compile(r"/$"))
