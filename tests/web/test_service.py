"""Two browsers and a page of the shop: a customer, a person at the desk, and another customer in the chat window.

From the first question to the hand-over and back, each sees at once what is for them, and nothing else.
"""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from scripts.browser import FLAGS
from server.handover import following
from tests.helpers.chromium import chromium
from tests.helpers.desk_page import WISH, DeskPage
from tests.helpers.ops import enter_key
from tests.helpers.pages import Contexts, Visit, file, visit_page
from tests.web.conftest import Open, OpenShop, Serve


@pytest.fixture
def desk(browser: Browser, serve_widget: Serve, monkeypatch: pytest.MonkeyPatch) -> Iterator[DeskPage]:
    """The desk of a shop, in a browser of its own."""
    monkeypatch.setattr(following, "MAX_FOLLOW_S", 60.0)
    address = serve_widget()
    other = browser.browser_type.launch(executable_path=chromium(), args=list(FLAGS))
    try:
        with visit_page(Contexts(other).get(), address, "/desk", waits=False) as visit:
            yield DeskPage(visit).sign_in("desk", "Lily")
    finally:
        other.close()


@pytest.fixture
def chat(desk: DeskPage, open_page: Open) -> Visit:
    """The chat page of the same server, with the shop's key."""
    visit = open_page(desk.visit.address, waits=False)
    enter_key(visit, "ann")
    visit.wait()
    return visit


def test_from_the_first_question_to_a_person_and_back(desk: DeskPage, chat: Visit, open_shop: OpenShop) -> None:
    line, person = chat.page.locator(".handover p"), chat.page.locator(".said.person")
    shop = open_shop()
    shop.go("42")
    shop.open()

    # the model answers both customers, and nobody waits
    chat.page.locator("#pick").set_input_files([file()])
    chat.ask("what is this?")
    chat.expect_answers("1/1: what is this?")
    shop.ask("hello")
    shop.expect_answers("0/1: hello")
    expect(desk.page.get_by_text("Nobody is waiting.")).to_be_visible()

    # one asks for a person, who sees that at once, with the picture, and takes the session
    chat.ask(WISH)
    expect(line).to_have_text(re.compile("are next"))
    expect(desk.tab("Waiting")).to_have_text("Waiting 1")
    desk.page.locator(".entry").click()
    expect(desk.page.locator(".bubble img")).to_have_count(1)
    desk.visit.button("Take").click()
    expect(line).to_have_text("Lily is here to help you.")

    # both write, and each reads the other without a reload; the model is silent, but for the other customer
    desk.write("Hello, I am **Lily**")
    expect(person.locator("h2")).to_have_text("Lily")
    expect(person.locator(".markdown")).to_have_text("Hello, I am Lily")
    chat.ask("is it **red**?")
    expect(desk.bubbles.last).to_contain_text("is it **red**?")
    with desk.page.expect_file_chooser() as chooser:
        desk.visit.button("Add pictures").click()
    chooser.value.set_files([file("blue.png")])
    desk.write("yes")
    expect(person.last.locator("img")).to_have_count(1)
    shop.ask("and for me?")
    shop.expect_answers("0/1: hello", "0/2: and for me?")
    expect(shop.frame.locator(".said.person")).to_have_count(0)
    expect(chat.page.locator(".assistant .markdown:not(:empty)")).to_have_count(2)  # the model is silent

    # the other customer asks for a person too, and waits while the first one is given back to the model
    shop.ask("I would like to speak to a person")
    expect(desk.tab("Waiting")).to_have_text("Waiting 1")
    desk.visit.button("Give back").click()
    expect(line).to_have_text("You are with the assistant again.")
    chat.ask("thank you")
    expect(chat.answers.last).to_contain_text(": thank you")
    expect(line).to_have_text("You are with the assistant again.")

    # the person answers the other one, who never sees what the first was told
    desk.tab("Waiting").click()
    desk.page.locator(".entry").click()
    expect(desk.page.locator(".bubble img")).to_have_count(0)
    desk.visit.button("Take").click()
    desk.write("What can I do for you?")
    expect(shop.frame.locator(".said.person .markdown")).to_have_text("What can I do for you?")
    expect(person).to_have_count(2)
    desk.visit.button("Close").click()
    desk.page.get_by_role("dialog").get_by_role("button", name="Close").click()
    expect(shop.frame.locator(".handover p")).to_have_text(re.compile("ended|closed"))
    shop.ask("hello again")
    expect(shop.frame.locator(".answer .markdown").last).to_contain_text(": hello again")
    expect(desk.tab("Waiting")).to_have_text("Waiting 0")
