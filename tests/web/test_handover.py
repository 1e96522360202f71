"""The customer's page: a person is asked for, speaks without a reload, and gives the session back."""

import re
from typing import Any

import httpx
import pytest
from playwright.sync_api import expect

from server.handover import following
from tests.helpers.axe import find_violations
from tests.helpers.pages import Visit
from tests.helpers.pictures import png_base64
from tests.web.conftest import Open, Serve


@pytest.fixture(autouse=True)
def long_streams(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(following, "MAX_FOLLOW_S", 60.0)


class DeskOf:
    """The desk of a server without keys, by its routes."""

    def __init__(self, address: str) -> None:
        self.address = address

    def find(self) -> str:
        (session,) = httpx.get(f"{self.address}/desk/sessions", timeout=60).json()["sessions"]
        return str(session["id"])

    def act(self, what: str, session: str, **body: Any) -> None:
        response = httpx.post(f"{self.address}/desk/sessions/{session}/{what}", json=body, timeout=60)
        assert response.status_code == 200, response.text


@pytest.fixture
def chat(serve: Serve, open_page: Open) -> Visit:
    return open_page(serve())


def test_a_person_is_asked_for_speaks_and_gives_the_session_back(chat: Visit) -> None:
    line, person = chat.page.locator(".handover p"), chat.page.locator(".said.person")
    chat.ask("hello")
    chat.expect_answers("0/1: hello")
    chat.button("Talk to a person").click()
    expect(line).to_have_text(re.compile("You are waiting for a person, and are next"))
    expect(chat.button("Talk to a person")).to_be_hidden()
    desk = DeskOf(chat.address)
    session = desk.find()
    chat.ask("is anybody there?")
    expect(chat.page.locator(".question")).to_have_text(["hello", "is anybody there?"])
    desk.act("take", session, name="Ann")
    expect(line).to_have_text("Ann is here to help you.")
    desk.act("answer", session, text="Hello, I am **Ann**", pictures=[png_base64()])
    expect(person.locator("h2")).to_have_text("Ann")
    expect(person.locator(".markdown")).to_have_text("Hello, I am Ann")
    expect(person.locator("img")).to_have_count(1)
    assert find_violations(chat.page) == []
    desk.act("give-back", session)
    expect(line).to_have_text("You are with the assistant again.")
    chat.ask("and now?")
    expect(chat.answers.last).to_have_text(re.compile(": and now"))
    expect(chat.button("Talk to a person")).to_be_visible()
    chat.reload()
    expect(person.locator(".markdown")).to_have_text("Hello, I am Ann")
    expect(chat.page.locator(".question")).to_have_text(["hello", "is anybody there?", "and now?"])
    expect(chat.answers.last).to_have_text(re.compile(": and now"))


def test_the_wish_in_words_and_in_chinese(serve: Serve, open_page: Open) -> None:
    chat = open_page(serve(max_waiting_sessions=1), locale="zh-CN")
    chat.ask("转人工")
    expect(chat.answers.first).to_have_text(re.compile("已为您转接人工客服"))
    expect(chat.page.locator(".handover p")).to_have_text(re.compile("您是下一位"))
    desk = DeskOf(chat.address)
    desk.act("close", desk.find())
    expect(chat.page.locator(".handover p")).to_have_text(re.compile("本次人工服务已结束"))
