"""The desk's page: who waits is seen at once, is taken by one person, and is answered."""

import re
from typing import Any

import pytest
from playwright.sync_api import expect

from server.handover import following
from tests.helpers.desk_page import KEYS, WISH, DeskPage, Shop
from tests.helpers.pages import file
from tests.helpers.pictures import png_base64
from tests.web.conftest import Open, Serve

SPEAKERS = ("Customer", "Assistant", "Customer", "Automatic answer")
COUNT_TONES = """() => {
    window.tones = 0;
    Object.assign(OscillatorNode.prototype, { start: () => { window.tones += 1; }, stop: () => null });
}"""


@pytest.fixture(autouse=True)
def long_streams(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(following, "MAX_FOLLOW_S", 60.0)


@pytest.fixture
def shop(serve: Serve, open_page: Open) -> Shop:
    return Shop(serve(keys=KEYS), open_page)


def expect_number(desk: DeskPage, tab: str, number: int) -> None:
    expect(desk.tab(tab)).to_have_text(f"{tab} {number}")


def test_a_customer_waits_is_taken_answered_and_closed(shop: Shop) -> None:
    desk = shop.visit("lily", None)
    expect(desk.page.get_by_text("Nobody is waiting.")).to_be_visible()
    shop.say("Li Lei", "hello")
    session = shop.say("Li Lei", f"{WISH}, please", image=png_base64())
    expect(desk.entry("Li Lei")).to_contain_text(f"{WISH}, please")
    expect(desk.entry("Li Lei")).to_contain_text("Wants a person")
    expect(desk.page).to_have_title("(1) Desk · MiniCPM-V")
    desk.open("Li Lei")
    expect(desk.page.locator(".speaker")).to_have_text([re.compile(f"{who} .*:") for who in SPEAKERS])
    expect(desk.page.locator(".change")).to_contain_text(["The customer asked for a person"])
    expect(desk.page.locator(".claims")).to_contain_text("Verified identitynameLi Leilevelgold")
    expect(desk.answer).to_be_hidden()
    desk.visit.button("Enlarge picture 1").click()
    desk.page.locator(".zoom img").wait_for()
    desk.page.keyboard.press("Escape")
    desk.visit.button("Take").click()
    desk.page.get_by_label("Name that customers are shown").fill("Lily")
    desk.visit.button("Save").click()
    expect(desk.answer).to_be_focused()
    expect_number(desk, "Mine", 1)
    expect(desk.tab("Mine")).to_have_attribute("aria-selected", "true")
    desk.write("Hello, **how** can I help?\n")
    expect(desk.page.locator(".said.person")).to_have_text(re.compile(r"^Lily .*:.*Hello, how can I help\?\s*$"))
    expect(desk.answer).to_have_value("")
    shop.say("Li Lei", "it does not arrive")
    expect(desk.bubbles.last).to_contain_text("it does not arrive")
    desk.visit.button("Close").click()
    desk.page.get_by_role("dialog").get_by_role("button", name="Close").click()
    expect(desk.state).to_contain_text("Closed")
    expect(desk.heading).to_be_focused()
    expect_number(desk, "Closed", 1)
    assert shop.list_turns(session)[-2]["author_name"] == "Lily"


def test_two_people_take_the_same_session(shop: Shop) -> None:
    session = shop.say("Tom")
    lily, bob = shop.visit("lily", session=session), shop.visit("bob", session=session)
    bob.page.route(f"**/{session}", lambda route: route.fulfill(status=503, json={"error": "busy"}))  # it is not read
    lily.visit.button("Take").click()
    expect(lily.state).to_contain_text("Yours")
    expect_number(bob, "Waiting", 0)
    bob.page.unroute(f"**/{session}")
    bob.visit.button("Take").click()
    expect(bob.page.locator(".session-body > .error")).to_contain_text("person, with Lily")
    expect(bob.page.locator(".state-note")).to_have_text("Lily has this session.")
    expect(bob.answer).to_be_hidden()
    lily.write("I am here")
    expect(bob.bubbles.last).to_have_text("I am here")


def test_an_answer_with_pictures_is_sent_once_and_what_fails_stays(shop: Shop) -> None:
    session = shop.say("Tom")
    shop.act("lily", "take", session, name="Lily")
    other = shop.say("Ann")
    desk = shop.visit("lily", session=session)
    with desk.page.expect_file_chooser() as chooser:
        desk.visit.button("Add pictures").click()
    chooser.value.set_files([file(), file("note.txt", b"text", "text/plain")])
    expect(desk.problem).to_have_text("Only pictures can be added here.")
    desk.answer.fill("look at this")
    expect(desk.page.locator(".composer .tray img")).to_have_count(1)
    answered = "**/desk/sessions/*/answer"
    desk.page.route(answered, lambda route: route.fulfill(status=503, json={"error": "The database is busy."}), times=1)
    desk.answer.press("Enter")
    expect(desk.problem).to_have_text("The database is busy.")
    desk.open("Ann")
    expect(desk.page.get_by_text("Take the session to answer.")).to_be_visible()
    desk.tab("Mine").click()
    desk.open("Tom")
    expect(desk.answer).to_have_value("look at this")
    desk.visit.reload()
    expect(desk.answer).to_have_value("look at this")
    expect(desk.page.locator(".composer .tray img")).to_have_count(1)
    sent: list[str] = []
    desk.page.on("request", lambda request: sent.append(request.url) if request.url.endswith("/answer") else None)
    desk.visit.button("Send").dblclick()
    expect(desk.page.locator(".said.person img")).to_have_count(1)
    expect(desk.answer).to_have_value("")
    assert len(sent) == 1
    desk.answer.fill("x" * 8001)
    expect(desk.page.locator("#answer-count")).to_have_text("Too long: 8001 of 8000 characters")
    expect(desk.visit.button("Send")).to_be_disabled()
    shop.act("root", "interrupt", session, name="the chief")
    expect(desk.page.locator(".state-note")).to_have_text("the chief has this session.")
    expect(desk.answer).to_have_value("x" * 8001)
    assert [turn.get("author") for turn in shop.list_turns(session)] == ["service", "person"]
    assert len(shop.list_turns(other)) == 1


def test_an_answer_that_arrived_all_the_same_is_not_sent_again(shop: Shop) -> None:
    session = shop.say("Tom")
    shop.act("lily", "take", session, name="Lily")
    desk = shop.visit("lily", session=session)

    def lose(route: Any) -> None:
        route.fetch()
        route.abort()

    desk.page.route("**/desk/sessions/*/answer", lose, times=1)
    desk.write("only once")
    expect(desk.page.locator(".said.person")).to_have_count(1)
    expect(desk.answer).to_have_value("")
    expect(desk.problem).to_be_hidden()


def test_canned_answers_are_added_changed_deleted_and_inserted(shop: Shop) -> None:
    shop.add_canned("Address", "What is your address?")
    shop.act("lily", "take", session := shop.say("Tom"))
    desk = shop.visit("lily", session=session)
    desk.page.keyboard.press("F8")
    desk.visit.button("Edit canned answers").click()
    dialog = desk.page.get_by_role("dialog")
    for title, text in (("Thanks", "Thank you for your patience."), ("Thanks", "again")):
        dialog.get_by_label("Title").fill(title)
        dialog.get_by_label("Text").fill(text)
        dialog.get_by_role("button", name="Save").click()
    expect(dialog.get_by_role("alert")).to_contain_text("already a canned answer")
    expect(dialog.get_by_label("Text")).to_have_value("again")
    dialog.get_by_role("button", name="Change “Thanks”").click()
    dialog.get_by_label("Text").fill("Thank you so much!")
    dialog.get_by_role("button", name="Save").click()
    expect(dialog.locator(".canned-answers li")).to_contain_text(["What is your address?", "Thank you so much!"])
    dialog.get_by_role("button", name="Delete “Address”").click()
    expect(dialog.locator(".canned-answers li")).to_have_count(1)
    dialog.get_by_role("button", name="Save").click()  # has it back
    expect(dialog.locator(".canned-answers li")).to_have_count(2)
    dialog.get_by_role("button", name="Close").click()
    options = desk.page.get_by_role("option")
    desk.answer.press_sequentially("/")
    expect(options).to_have_count(2)
    desk.answer.press_sequentially("tha")
    expect(options).to_have_text([re.compile("^Thanks")])
    desk.answer.press("Enter")
    expect(desk.answer).to_have_value("Thank you so much!")
    desk.answer.press("End")
    desk.visit.button("Insert a canned answer").click()
    expect(options).to_have_count(2)
    desk.page.keyboard.press("ArrowUp")
    expect(options.nth(1)).to_have_attribute("aria-selected", "true")
    desk.page.keyboard.press("ArrowDown")
    desk.page.keyboard.press("Enter")
    expect(desk.answer).to_have_value("Thank you so much!What is your address?")
    assert len(shop.list_turns(session)) == 1, "nothing was sent"


def test_an_operator_takes_over_and_gives_back(shop: Shop) -> None:
    session = shop.say("Tom", "hello")
    taken = shop.say("Ann")
    shop.act("lily", "take", taken, name="Lily")
    desk = shop.visit("root", "the chief")
    expect_number(desk, "Taken", 1)
    desk.tab("Taken").click()
    expect(desk.entry("Ann")).to_contain_text("Lily")
    for given, problem in (("0" * 32, "There is no such session"), (session, "")):
        desk.visit.button("Take over a session").click()
        desk.page.get_by_label("Id of the session").fill(given)
        desk.page.get_by_role("dialog").get_by_role("button", name="Take over").click()
        expect(desk.page.locator(".desk-head .error")).to_contain_text(problem)
    expect(desk.heading).to_have_text("Tom")
    expect(desk.answer).to_be_focused()
    expect(desk.page.locator(".change")).to_have_text([re.compile("root took over the session")])
    desk.visit.button("Give back").click()
    expect(desk.state).to_contain_text("With the assistant")
    expect(desk.page.locator(".change").last).to_contain_text("root gave the session back to the assistant")
    shop.say("Tom", "thank you")
    desk.page.evaluate("() => document.dispatchEvent(new Event('visibilitychange'))")
    expect(desk.page.locator(".said.model")).to_have_count(2)


def test_a_lost_connection_is_said_and_nothing_is_missed(shop: Shop) -> None:
    desk = shop.visit("lily")
    lost = desk.page.get_by_text("Live updates are interrupted")
    expect(lost).to_be_hidden()
    desk.page.evaluate(COUNT_TONES)
    desk.page.route("**/desk/events", lambda route: route.fulfill(status=503, json={"error": "busy"}))
    desk.page.evaluate("() => dispatchEvent(new Event('offline'))")
    desk.page.evaluate("() => dispatchEvent(new Event('online'))")
    expect(lost).to_be_visible()
    shop.say("Tom")
    desk.page.unroute("**/desk/events")
    expect(desk.entry("Tom")).to_be_visible()
    expect(lost).to_be_hidden()
    assert desk.page.evaluate("() => window.tones") == 0, "no sound unless it is wanted"
    desk.visit.button("Play a sound when a customer begins to wait").click()
    assert desk.page.evaluate("() => window.tones") == 2, "a try of it"
    shop.say("Ann")
    expect(desk.entry("Ann")).to_be_visible()
    expect(desk.page.get_by_text("2 customers are waiting")).to_be_attached()
    assert desk.page.evaluate("() => window.tones") == 4
