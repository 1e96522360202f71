"""The card of a call that waits for a yes: all arguments are shown, and an answer is given once."""

import json
import time
from typing import Any

import pytest
from playwright.sync_api import Locator, Route, expect

from tests.helpers.axe import find_violations
from tests.helpers.pages import Visit
from tests.web.conftest import Open

Json = dict[str, Any]
ACTION_ID = "a" * 32


def make_action(state: str = "pending", **arguments: Any) -> Json:
    now_s = time.time()
    return {
        "id": ACTION_ID,
        "session": "0" * 32,
        "tool": "return_order",
        "arguments": arguments or {"order": "AB123456", "reason": "too small"},
        "state": state,
        "created_at": now_s,
        "expires_at": now_s + 600,
        "ended_at": None,
        "result": None,
    }


class Shop:
    """Answers the buttons of the card; `status` and `body` are those of the next answers."""

    def __init__(self, chat: Visit) -> None:
        self.said: list[str] = []
        self.status = 200
        self.body: Json = {**make_action("done"), "text": "Done: `return_order`."}
        chat.page.route("**/actions/*/*", self._answer)

    def _answer(self, route: Route) -> None:
        self.said.append(route.request.url.rpartition("/")[2])
        route.fulfill(status=self.status, body=json.dumps(self.body), content_type="application/json")


def show_card(chat: Visit, action: Json) -> Locator:
    chat.answer_with({"piece": "Please confirm"}, {"answer": "Please confirm", "action": action})
    chat.ask("return it")
    expect(chat.page.locator('.answer[aria-busy="false"]')).to_have_count(1)
    return chat.page.get_by_role("region", name="Please confirm")


@pytest.fixture
def chat(shared_chat: Visit) -> Visit:
    return shared_chat


def test_all_arguments_are_shown_and_a_yes_is_said_once(chat: Visit) -> None:
    shop = Shop(chat)
    card = show_card(chat, make_action())
    expect(card.locator("dt")).to_have_text(["Action", "order", "reason"])
    expect(card.locator("dd")).to_have_text(["return_order", "AB123456", "too small"])
    expect(card.locator(".hint")).to_contain_text("Waits until")
    chat.button("Confirm").click()
    expect(card.get_by_role("status")).to_have_text("Done: return_order.")
    expect(card.get_by_role("button")).to_have_count(0)
    assert shop.said == ["confirm"]


def test_a_no_is_said(chat: Visit) -> None:
    shop = Shop(chat)
    shop.body = {**make_action("declined"), "text": "Cancelled."}
    card = show_card(chat, make_action())
    chat.button("Cancel").press("Enter")
    expect(card.get_by_role("status")).to_have_text("Cancelled.")
    assert shop.said == ["decline"]


@pytest.mark.parametrize(("status", "num_buttons"), [(409, 0), (404, 0), (503, 2)])
def test_an_error_is_shown_and_what_may_pass_can_be_tried_again(chat: Visit, status: int, num_buttons: int) -> None:
    shop = Shop(chat)
    shop.status, shop.body = status, {"error": "it has expired", "code": "expired"}
    card = show_card(chat, make_action())
    chat.button("Confirm").click()
    expect(card.get_by_role("status")).to_have_text("it has expired")
    expect(card.get_by_role("button")).to_have_count(num_buttons)
    if num_buttons:
        expect(chat.button("Confirm")).to_be_enabled()


def test_nothing_in_an_argument_is_markup_or_hidden(chat: Visit) -> None:
    card = show_card(chat, make_action(note="<b>x</b>\n**y**\u202ez", items=[1, {"a": None}], empty="", long="x" * 600))
    values = card.locator("dd")
    expect(values.nth(1)).to_have_text("<b>x</b>[U+000A]**y**[U+202E]z")
    expect(values.nth(2)).to_have_text('[1,{"a":null}]')
    expect(values.nth(3)).to_have_text("—")
    expect(values.nth(4)).to_have_text("x" * 500 + "… (+100)")
    expect(card.locator("b, strong")).to_have_count(0)


def test_an_answer_in_the_dialogue_takes_the_buttons_away(chat: Visit) -> None:
    card = show_card(chat, make_action())
    expect(card.get_by_role("button")).to_have_count(2)
    chat.answer_with({"answer": "Done.", "action": make_action("done")})
    chat.ask("yes")
    expect(card.get_by_role("button")).to_have_count(0)
    expect(chat.page.locator(".pending-action")).to_have_count(1)


def answer(chat: Visit, path: str, body: Json) -> None:
    chat.page.route(path, lambda route: route.fulfill(json=body))


def make_session(author: str | None) -> Json:
    said = (("user", "return it"), ("assistant", "Please confirm"))
    messages = [{"role": role, "content": [{"type": "text", "text": text}]} for role, text in said]
    turn = {"id": "1" * 32, "messages": messages, "finish_reason": "stop", "feedback": None, "author": author}
    return {"id": "0" * 32, "name": "ann", "title": "Ann", "options": {}, "turns": [turn]}


@pytest.mark.parametrize(("author", "num_cards"), [("service", 1), (None, 0)])
def test_a_stored_session_shows_what_waits_still(chat: Visit, author: str | None, num_cards: int) -> None:
    answer(chat, "**/sessions/*", make_session(author))
    answer(chat, "**/actions?*", {"actions": [make_action()], "next_cursor": None})
    chat.go("/#" + "0" * 32)
    chat.reload()
    expect(chat.answers).to_have_text(["Please confirm"])
    expect(chat.page.locator(".pending-action")).to_have_count(num_cards)


def test_the_card_can_be_used_by_everybody(shared_address: str, open_page: Open) -> None:
    chat = open_page(shared_address, bypass_csp=True)
    card = show_card(chat, make_action())
    expect(card).to_be_visible()
    assert find_violations(chat.page) == []
