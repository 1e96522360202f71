"""What is done in one tab is seen in the others."""

import re

from playwright.sync_api import Locator, expect

from tests.helpers.pages import Visit
from tests.web.conftest import Open, Serve


def titles(chat: Visit) -> Locator:
    return chat.page.locator(".session-link")


def test_a_second_tab_follows_along(serve: Serve, open_page: Open) -> None:
    address = serve()
    one = open_page(address)
    one.ask("first")
    one.expect_answers("0/1: first")
    expect(titles(one)).to_have_text(["first"])
    other = open_page(address, path=f"/#{one.page.url.partition('#')[2]}")
    other.expect_answers("0/1: first")
    other.page.locator("#question").fill("not sent")

    # turns, with what was given and how they were rated
    one.ask("second")
    other.expect_answers("0/1: first", "0/2: second")
    one.button("Helpful").last.click()
    expect(other.button("Helpful").last).to_have_attribute("aria-pressed", "true")
    expect(other.page.locator("#question")).to_have_value("not sent")

    # both ways, in another dialogue, and by its title
    other.ask(" and third")
    one.expect_answers("0/1: first", "0/2: second", "0/3: and third")
    one.button("New conversation").click()
    one.ask("another")
    expect(titles(other)).to_have_text(["another", "first"])
    other.expect_answers("0/1: first", "0/2: second", "0/3: and third")
    one.button("Rename").last.click()
    one.page.get_by_label("Title").fill("renamed")
    one.page.keyboard.press("Enter")
    expect(titles(other)).to_have_text(["another", "renamed"])

    # a deletion, which does not take away what is being written
    other.page.locator("#question").fill("still here")
    one.button("Delete").last.click()
    one.page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(other.page.locator(".composer .error")).to_have_text("This conversation was deleted in another tab.")
    expect(other.page.locator(".welcome")).to_be_visible()
    expect(other.page.locator("#question")).to_have_value("still here")
    expect(other.page).to_have_url(re.compile(r"/$"))
    expect(titles(other)).to_have_text(["another"])


def test_many_changes_make_few_requests_and_no_tab_answers_itself(serve: Serve, open_page: Open) -> None:
    address = serve()
    one, other = open_page(address), open_page(address)
    before = [len(visit.requested) for visit in (one, other)]
    one.page.evaluate(
        """() => {
            const channel = new BroadcastChannel("sessions");
            for (let i = 0; i < 200; i += 1) channel.postMessage({ kind: "turn", id: String(i) });
        }"""
    )
    other.page.wait_for_timeout(900)
    for visit, count in zip((one, other), before, strict=True):
        assert 1 <= len(visit.requested[count:]) <= 3

    # a hidden tab waits until somebody looks at it
    hide = "(isHidden) => Object.defineProperty(document, 'hidden', { value: isHidden, configurable: true })"
    other.page.evaluate(hide, True)
    num_before = len(other.requested)
    one.page.evaluate("() => new BroadcastChannel('sessions').postMessage({ kind: 'turn', id: 'x' })")
    other.page.wait_for_timeout(500)
    assert len(other.requested) == num_before
    other.page.evaluate(hide, False)
    with other.page.expect_request("**/sessions?*"):
        other.page.evaluate("() => document.dispatchEvent(new Event('visibilitychange'))")


def test_an_answer_that_is_coming_in_is_not_disturbed(serve: Serve, open_page: Open) -> None:
    address = serve(delay_s=0.02)
    one = open_page(address)
    one.ask("first")
    one.expect_answers("0/1: first")
    other = open_page(address, path=f"/#{one.page.url.partition('#')[2]}")
    other.ask("slow " * 15)
    expect(other.answers.last).to_contain_text("slow slow")
    one.page.evaluate("() => new BroadcastChannel('sessions').postMessage({ kind: 'turn', id: 'x' })")
    expect(other.page.locator('[aria-busy="true"]')).to_have_count(0)
    expect(other.answers).to_have_count(2)
    expect(one.answers).to_have_count(2)


def test_browsers_without_channels_tell_each_other_by_storage(serve: Serve, open_page: Open) -> None:
    address = serve()
    visits = [open_page(address), open_page(address)]
    for visit in visits:
        visit.page.add_init_script("delete window.BroadcastChannel")
        visit.reload()
    visits[0].ask("hello")
    expect(titles(visits[1])).to_have_text(["hello"])
