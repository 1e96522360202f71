"""What goes wrong, as a person sees it: stop and retry, a connection that is lost, keys, and limits."""

import json
import sqlite3
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from server.errors import QueueFull
from server.keys.keyfile import add_key
from server.keys.keyring import KeyRing
from tests.helpers.keys import make_key, make_secret
from tests.helpers.loopback import begin_post, comes_true
from tests.helpers.pages import Visit
from tests.helpers.wire import wired
from tests.web.conftest import Open, Serve

LONG = "slow " * 60
CHECK_EVERY_S = 2.0
"""How often the page looks whether the server is back."""


def reasons(folder: Path) -> list[str]:
    with sqlite3.connect(folder / "sessions.db") as database:
        return [reason for (reason,) in database.execute("select finish_reason from turns order by position")]


def keys_in(folder: Path) -> KeyRing:
    """Ann's."""
    add_key(folder / "keys.toml", make_key())
    return KeyRing(path=folder / "keys.toml")


def enter_key(page: Page, secret: str) -> None:
    page.get_by_label("Access key").fill(secret)
    page.get_by_label("Access key").press("Enter")


def kept(page: Page) -> list[str | None]:
    """The key, in the tab's store and in the device's."""
    found: list[str | None] = page.evaluate("() => [sessionStorage, localStorage].map((store) => store.getItem('key'))")
    return found


@pytest.fixture
def chat(shared_chat: Visit) -> Visit:
    return shared_chat


def test_an_answer_is_stopped_and_the_question_asked_again(serve: Serve, open_page: Open, tmp_path: Path) -> None:
    chat = open_page(serve(delay_s=0.05))
    chat.ask(LONG)
    expect(chat.answers).to_contain_text("slow slow")
    chat.button("Stop").click()
    expect(chat.page.locator(".notes li")).to_have_text("Stopped")
    expect(chat.answers).to_contain_text("slow slow")
    assert comes_true(lambda: reasons(tmp_path) == ["abort"])
    chat.reload()
    expect(chat.page.locator(".notes li")).to_have_text("Stopped")
    chat.button("Ask again").click()
    expect(chat.page.locator(".question")).to_have_count(2)
    chat.page.locator("#question").press("Escape")
    expect(chat.button("Ask again")).to_have_count(2)
    expect(chat.page.locator(".question").first).to_have_text(LONG.strip())


def test_what_is_asked_again_is_a_new_turn_and_the_old_one_stays(chat: Visit) -> None:
    chat.ask("hello")
    chat.expect_answers("0/1: hello")
    chat.button("Ask again").click()
    chat.expect_answers("0/1: hello", "0/2: hello")
    chat.reload()
    chat.expect_answers("0/1: hello", "0/2: hello")


def test_a_failure_of_the_server_has_a_number_and_can_be_tried_again(chat: Visit) -> None:
    chat.ask("fail")
    expect(chat.page.locator(".answer .error")).to_contain_text("internal error")
    expect(chat.page.locator(".answer")).not_to_contain_text("a secret of the inside")
    chat.button("Try again").click()
    expect(chat.page.locator(".answer .error")).to_have_count(1)
    expect(chat.page.locator(".question")).to_have_text(["fail"])


def test_a_lost_connection_is_said_and_so_is_its_return(shared_address: str, open_page: Open) -> None:
    chat = open_page(shared_address)
    state = chat.page.locator(".connection")
    expect(state).to_have_text("Connected")
    chat.page.context.set_offline(True)
    expect(state).to_have_text("Connection lost, reconnecting…")
    chat.ask("are you there")
    expect(chat.page.locator(".answer .error")).to_contain_text("The server cannot be reached")
    chat.page.context.set_offline(False)
    expect(state).to_have_text("Connected")
    chat.button("Try again").click()
    chat.expect_answers("0/1: are you there")
    expect(chat.page.locator(".error:visible")).to_have_count(0)


def test_a_connection_that_is_lost_within_an_answer_costs_only_its_rest(
    serve: Serve, open_page: Open, tmp_path: Path
) -> None:
    """What else notices that the server has gone also notices its return."""
    with wired(serve(delay_s=0.05)) as (wire, address):
        chat = open_page(address, has_clock=True)
        chat.ask(LONG)
        expect(chat.answers).to_contain_text("slow slow")
        wire.cut()
        expect(chat.page.locator(".answer .error")).to_contain_text("The server cannot be reached")
        expect(chat.page.locator(".connection")).to_have_text("Connection lost, reconnecting…")
        expect(chat.answers).to_contain_text("slow slow")
        assert comes_true(lambda: reasons(tmp_path) == ["abort"])
        wire.mend()
        chat.pass_time(CHECK_EVERY_S)
        expect(chat.page.locator(".connection")).to_have_text("Connected")
        chat.reload()
        expect(chat.answers).to_contain_text("slow slow")
        expect(chat.page.locator(".notes li")).to_have_text("Stopped")
        chat.ask("hello")
        expect(chat.answers.last).to_have_text("0/2: hello")

        expect(chat.page.locator(".connection")).to_have_text("Connected")
        wire.cut()
        chat.page.locator("#search").fill("x")
        expect(chat.page.locator(".connection")).to_have_text("Connection lost, reconnecting…")
        wire.mend()
        chat.pass_time(CHECK_EVERY_S)
        expect(chat.page.locator(".connection")).to_have_text("Connected")


def test_an_answer_that_ends_before_its_end_is_no_whole_answer(chat: Visit) -> None:
    chat.answer_with({"piece": "half"})
    chat.ask("hello")
    expect(chat.answers).to_have_text("half")
    expect(chat.page.locator(".answer .error")).to_contain_text("before the answer was complete")


def test_a_reply_that_is_none_of_the_servers_is_said_too(chat: Visit) -> None:
    chat.page.route("**/chat", lambda route: route.fulfill(status=502, body="<h1>Bad Gateway</h1>"))
    chat.ask("hello")
    expect(chat.page.locator(".answer .error")).to_contain_text("could not be read (status 502)")


def test_a_key_is_asked_for_whenever_it_is_needed_and_a_wrong_one_is_said(
    serve: Serve, open_page: Open, tmp_path: Path
) -> None:
    chat = open_page(serve(keys=keys_in(tmp_path)), waits=False)
    dialog = chat.page.get_by_role("dialog")
    expect(dialog).to_contain_text("Enter your key")

    # who enters none is told why nothing comes
    chat.button("Cancel").click()
    chat.wait()
    chat.ask("hello")
    chat.button("Cancel").click()
    expect(chat.page.locator(".answer .error")).to_contain_text("a key is needed")

    chat.page.reload()
    expect(dialog).to_contain_text("Enter your key")
    enter_key(chat.page, "sk-wrong")
    expect(dialog.get_by_role("alert")).to_have_text("the key is not valid")
    enter_key(chat.page, make_secret("ann"))
    chat.wait()
    expect(dialog).to_have_count(0)
    chat.ask("hello")
    chat.expect_answers("0/1: hello")
    chat.reload()
    chat.expect_answers("0/1: hello")
    assert kept(chat.page) == [make_secret("ann"), None]

    # one that was taken away is asked for with the next question
    (tmp_path / "keys.toml").write_text("")
    add_key(tmp_path / "keys.toml", make_key("bob"))
    chat.button("New conversation").click()
    chat.ask("hello")
    expect(dialog.get_by_role("alert")).to_have_text("the key is not valid")
    enter_key(chat.page, make_secret("bob"))
    chat.expect_answers("0/1: hello")


def test_a_key_is_remembered_by_who_wants_it_and_another_has_other_sessions_in_each_tab(
    serve: Serve, open_page: Open, tmp_path: Path
) -> None:
    keys = keys_in(tmp_path)
    add_key(tmp_path / "keys.toml", make_key("bob"))
    one = open_page(address := serve(keys=keys), waits=False)
    one.page.get_by_label("Remember on this device").check()
    enter_key(one.page, make_secret("ann"))
    one.wait()
    assert kept(one.page) == [None, make_secret("ann")]
    one.ask("hello")
    one.expect_answers("0/1: hello")
    other = open_page(address, path=f"/#{one.page.url.partition('#')[2]}")
    other.expect_answers("0/1: hello")
    one.button("Change key").click()
    one.page.get_by_label("Remember on this device").check()
    enter_key(one.page, make_secret("bob"))
    for visit in (one, other):
        expect(visit.page.locator(".composer .error")).to_have_text("This conversation no longer exists.")
        visit.expect_answers()
        expect(visit.page.locator(".session-link")).to_have_count(0)


def test_too_many_requests_can_be_tried_again_when_the_server_says(
    serve: Serve, open_page: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(QueueFull, "retry_after_s", 60)
    address = serve(delay_s=0.2, max_requests=1)
    chat = open_page(address, has_clock=True)
    host, _, port = address.removeprefix("http://").partition(":")
    body = json.dumps({"model": "fake", "prompt": LONG}).encode()
    with begin_post((host, int(port)), "/api/generate", body) as busy:
        assert busy.recv(1000).startswith(b"HTTP/1.1 200")  # it streams, until the connection is closed
        chat.ask("hello")
        problem = chat.page.locator(".answer .error")
        expect(problem).to_contain_text("too many requests: 1 are being answered already")
        expect(problem.get_by_role("button")).to_be_disabled()
        expect(problem.get_by_role("button")).to_contain_text("Try again in")
    again = problem.get_by_role("button", name="Try again", exact=True)
    expect(again).to_have_count(0)
    chat.page.clock.run_for(60_000)  # each second counts down
    expect(again).to_be_enabled()
    assert comes_true(lambda: not is_full(chat))
    again.click()
    chat.expect_answers("0/1: hello")


def is_full(chat: Visit) -> bool:
    response = chat.page.request.post(f"{chat.address}/ask", data={"question": "x"})
    return response.status == 429
