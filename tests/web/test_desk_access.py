"""The desk for those who may see it: by key, by keyboard, on a phone, in both languages, and unharmed."""

import re

import pytest
from playwright.sync_api import expect

from server.handover import following
from tests.helpers.axe import find_violations
from tests.helpers.desk_page import KEYS, DeskPage, Shop
from tests.helpers.ops import enter_key
from tests.helpers.pages import file
from tests.helpers.pictures import png_base64
from tests.web.conftest import Open, Serve
from tests.web.test_access import LOOKS, PHONE, width

ATTACK = "<img src=x onerror='window.hacked=true'>" + "long" * 36
"""Neither markup nor width."""


@pytest.fixture(autouse=True)
def long_streams(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(following, "MAX_FOLLOW_S", 60.0)


@pytest.fixture
def shop(serve: Serve, open_page: Open) -> Shop:
    return Shop(serve(keys=KEYS), open_page)


def fill(shop: Shop) -> str:
    """Have one session wait, and one be answered by the agent Lily; return the id of that."""
    shop.say("Waiting " + ATTACK, ATTACK)
    shop.say("Waiting " + ATTACK)
    session = shop.say("Tom", f"hello {ATTACK}", image=png_base64())
    shop.say("Tom")
    shop.act("lily", "take", session, name="Lily")
    shop.act("lily", "answer", session, text=f"**hello**\n\n`code`\n\n{ATTACK}", pictures=[png_base64()])
    shop.add_canned(ATTACK[:200], ATTACK)
    return session


@pytest.mark.parametrize("look", ["light", "phone"])
def test_axe_finds_nothing_and_everything_has_room(shop: Shop, look: str) -> None:
    desk = shop.visit("lily", session=fill(shop), bypass_csp=True, **LOOKS[look])
    expect(desk.page.locator(".said.person img")).to_have_count(1)
    with desk.page.expect_file_chooser() as chooser:
        desk.page.locator(".tools .icon-button").first.click()
    chooser.value.set_files([file()])
    expect(desk.page.locator(".composer .tray img")).to_have_count(1)
    desk.answer.fill("/")
    expect(desk.page.get_by_role("option")).to_have_count(1)
    assert find_violations(desk.page) == []
    desk.page.locator(".canned-menu .button").click()
    desk.page.locator(".canned-answers li").wait_for()
    assert find_violations(desk.page) == []
    desk.page.keyboard.press("Escape")
    if look == "phone":
        desk.page.locator(".session-head .info").click()
        assert find_violations(desk.page) == []
        desk.page.locator(".details-close").click()
        desk.page.locator(".back").click()
    desk.page.locator("#tab-waiting").click()
    desk.entry("Waiting").click()
    expect(desk.state).to_be_visible()
    assert find_violations(desk.page) == []
    assert width(desk.visit) == (360 if look == "phone" else 1280)
    assert not desk.page.evaluate("() => 'hacked' in window")


def test_a_phone_shows_the_list_or_the_session(shop: Shop) -> None:
    session = fill(shop)
    desk = shop.visit("lily", **PHONE)
    expect(desk.page.locator(".session")).to_be_hidden()
    expect(desk.page.get_by_role("link", name="Operations")).to_be_in_viewport(ratio=1)
    desk.tab("Mine").click()
    desk.open("Tom")
    assert desk.page.url.endswith(session)
    expect(desk.page.locator(".lists")).to_be_hidden()
    expect(desk.answer).to_be_in_viewport()
    expect(desk.bubbles.last).to_be_in_viewport()
    expect(desk.page.locator(".details")).to_be_hidden()
    desk.visit.button("Details").click()
    expect(desk.page.get_by_role("complementary", name="Details")).to_contain_text("gold")
    desk.page.keyboard.press("Escape")
    expect(desk.page.locator(".details")).to_be_hidden()
    assert desk.page.evaluate("() => document.documentElement.scrollHeight") == 640
    desk.page.go_back()
    expect(desk.entry("Tom")).to_be_visible()
    desk.page.go_forward()
    expect(desk.heading).to_be_visible()
    desk.visit.button("Back to the list").click()
    expect(desk.entry("Tom")).to_be_focused()


def test_everything_is_done_by_keyboard(shop: Shop) -> None:
    for customer in ("Ann", "Bea", "Cid"):
        shop.say(customer)
    desk = shop.visit("lily")
    keys = desk.page.keyboard
    expect(desk.entry("Cid")).to_be_visible()
    desk.tab("Waiting").focus()
    keys.press("ArrowRight")
    expect(desk.tab("Mine")).to_be_focused()
    expect(desk.page.get_by_text("You have no session.")).to_be_visible()
    keys.press("Home")
    expect(desk.entry("Ann")).to_be_visible()
    keys.press("Tab")
    expect(desk.entry("Ann")).to_be_focused()
    keys.press("End")
    expect(desk.entry("Cid")).to_be_focused()
    keys.press("ArrowUp")
    shop.act("bob", "take", shop.say("Ann"))
    expect(desk.entry("Ann")).to_have_count(0)
    expect(desk.entry("Bea")).to_be_focused()
    keys.press("Enter")
    expect(desk.heading).to_be_focused()
    keys.press("Escape")
    expect(desk.entry("Bea")).to_be_focused()
    keys.press("t")
    expect(desk.answer).to_be_focused()
    expect(desk.state).to_contain_text("Yours")
    desk.answer.fill("a draft")
    keys.press("F2")
    expect(desk.heading).to_have_text("Cid")
    expect(desk.heading).to_be_focused()
    keys.press("Escape")
    desk.visit.button("Keys").click()
    expect(desk.page.get_by_role("dialog")).to_contain_text("Open who has waited longest")
    keys.press("Escape")
    desk.tab("Mine").click()
    desk.open("Bea")
    expect(desk.answer).to_have_value("a draft")


def test_what_comes_while_one_reads_moves_nothing(shop: Shop) -> None:
    session = shop.say("Tom", "\n".join(map(str, range(60))))
    shop.say("Tom")
    shop.act("lily", "take", session)
    desk = shop.visit("lily", session=session)
    dialogue = desk.page.locator(".dialogue")
    place = "(dialogue) => Math.round(dialogue.scrollTop)"
    expect(desk.bubbles.last).to_be_in_viewport()
    desk.answer.fill("a draft")
    desk.page.locator(".question").first.hover()
    dialogue.evaluate("(dialogue) => { dialogue.scrollTop = 40; }")
    shop.say("Tom", "and this?")
    expect(desk.bubbles.last).to_have_text("and this?")
    assert dialogue.evaluate(place) == 40
    expect(desk.answer).to_have_value("a draft")
    expect(desk.answer).to_be_focused()
    desk.visit.button("New messages ↓").click()
    expect(desk.bubbles.last).to_be_in_viewport()
    desk.visit.button("中文: switch to Chinese").click()
    expect(desk.tab("我的")).to_have_text("我的 1")
    expect(desk.answer).to_have_value("a draft")
    expect(desk.page.locator(".change").last).to_have_text(re.compile("lily 接入会话"))
    expect(desk.page).to_have_title("坐席 · MiniCPM-V")
    load = """async () => {
        const { DESK } = await import("/web/desk/strings.js");
        const { FRAME } = await import("/web/frame/strings.js");
        return [...Object.values(DESK).map(Object.keys), Object.keys(FRAME.en)];
    }"""
    chinese, english, frame = desk.page.evaluate(load)
    assert sorted(chinese) == sorted(english)
    assert not set(english) & set(frame) - {"cancel", "close"}


def test_the_key_must_be_of_the_desk(shop: Shop) -> None:
    desk = DeskPage(shop.visit("ann", None).visit)
    expect(desk.page.get_by_role("alert")).to_have_text("This page needs the key of an agent or an operator.")
    expect(desk.page.locator("#shown")).to_be_hidden()
    shop.say("Tom")
    desk.visit.button("Enter a key").click()
    enter_key(desk.visit, "lily")
    expect(desk.entry("Tom")).to_be_visible()
    expect(desk.tab("Taken")).to_be_hidden()
    expect(desk.page.get_by_role("alert")).to_have_count(0)
