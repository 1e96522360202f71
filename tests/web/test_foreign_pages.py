"""What pages of other origins can do to a server without keys in a real browser.

Those of other hosts can link to its pages, and nothing else. Those of the own machine may ask it.
"""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.helpers.pages import PATIENCE_MS, Contexts
from tests.helpers.processes import get, post
from tests.web.conftest import REBOUND, Serve

FETCHES = """async (address) => {
    const chat = JSON.stringify({ user_id: "evil", question: "hello" });
    const json = { "Content-Type": "application/json" };
    const blind = { method: "POST", mode: "no-cors" };
    const attempts = {
        read: () => fetch(address + "/sessions"),
        readPages: () => fetch(address + "/pages/config"),
        readBlindly: () => fetch(address + "/sessions", { mode: "no-cors" }),
        delete: () => fetch(address + "/sessions?all=true", { method: "DELETE" }),
        json: () => fetch(address + "/chat", { method: "POST", body: chat, headers: json }),
        text: () => fetch(address + "/chat", { ...blind, body: chat }),
        blob: () => fetch(address + "/chat", { ...blind, body: new Blob([chat]) }),
        form: () => fetch(address + "/chat", { ...blind, body: new URLSearchParams([[chat, ""]]) }),
        parts: () => fetch(address + "/chat", { ...blind, body: new FormData() }),
        secret: () => fetch(address + "/chat", { ...blind, body: chat, referrerPolicy: "no-referrer" }),
        stream: () => fetch(address + "/api/chat", { ...blind, body: chat, keepalive: true }),
    };
    const told = {};
    for (const [name, attempt] of Object.entries(attempts)) {
        try {
            const response = await attempt();
            told[name] = [response.status, await response.text()];
        } catch {
            told[name] = [0, ""];
        }
    }
    navigator.sendBeacon(address + "/chat", chat);
    return told;
}"""

ELEMENTS = """async (address) => {
    const loaded = {};
    const wanted = [["img", "/sessions"], ["img", "/web/frame/icon.svg"], ["script", "/web/frame/dom.js"]];
    for (const [name, path] of wanted) {
        const element = document.createElement(name);
        loaded[path] = await new Promise((resolve) => {
            element.onload = () => resolve(true);
            element.onerror = () => resolve(false);
            element.src = address + path;
            document.body.append(element);
        });
    }
    return loaded;
}"""

FORM = """([address, encoding, target]) => {
    const form = document.createElement("form");
    Object.assign(form, { action: address + "/chat", method: "POST", enctype: encoding, target });
    const input = document.createElement("input");
    input.name = '{"user_id": "evil", "question": "hello", "x';
    input.value = '": 1}';
    form.append(input);
    document.body.append(form);
    form.submit();
}"""


class BlankPage(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(b"<title>blank</title><iframe name=inside></iframe>")

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        pass


@pytest.fixture(scope="module")
def foreign_port() -> Iterator[int]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), BlankPage)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server.server_port
    server.shutdown()
    server.server_close()


@pytest.fixture
def page(contexts: Contexts) -> Iterator[Page]:
    page = contexts.get().new_page()
    page.set_default_timeout(PATIENCE_MS)
    yield page
    page.close()


@pytest.fixture
def free_page(contexts: Contexts) -> Iterator[Page]:
    """A page that no policy binds, as one that an attacker has sent before the name led here."""
    page = contexts.get(bypass_csp=True).new_page()
    page.set_default_timeout(PATIENCE_MS)
    yield page
    page.close()


@pytest.fixture(scope="module")
def address(serve_shared: Serve) -> str:
    """The address of a server that has one session, which is to stay the only one."""
    return add_session(serve_shared())


def add_session(address: str) -> str:
    post(f"{address}/chat", {"user_id": "mine", "question": "a secret"})
    return address


def check_untouched(address: str) -> None:
    (session,) = get(f"{address}/sessions")["sessions"]
    assert (session["name"], session["num_turns"]) == ("mine", 1)


@pytest.mark.parametrize("host", [REBOUND, "shop.localhost"])
def test_a_page_of_another_host_reads_writes_and_deletes_nothing(
    page: Page, address: str, foreign_port: int, host: str
) -> None:
    page.goto(f"http://{host}:{foreign_port}/")
    told = page.evaluate(FETCHES, address)
    assert len(told) == 11
    assert {tuple(answer) for answer in told.values()} == {(0, "")}
    assert not any(page.evaluate(ELEMENTS, address).values())
    for encoding in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data"):
        with page.expect_response(f"{address}/chat") as answered:
            page.evaluate(FORM, [address, encoding, "inside"])
        assert answered.value.status == 403
    check_untouched(address)


def test_a_page_of_another_port_may_ask(page: Page, serve: Serve, foreign_port: int) -> None:
    """It is of a program of the own machine. Blindly it can only send a body without a type, which counts as JSON."""
    address = add_session(serve())
    page.goto(f"http://localhost:{foreign_port}/")
    told = page.evaluate(FETCHES, address)
    statuses = {name: status for name, (status, _) in told.items() if status}
    assert statuses == {"read": 200, "readPages": 200, "delete": 204, "json": 200}
    assert not any(page.evaluate(ELEMENTS, address).values())
    (session,) = get(f"{address}/sessions")["sessions"]
    assert (session["name"], session["num_turns"]) == ("evil", 2)  # of `json` and `blob`


def test_a_form_that_leads_to_the_server_writes_nothing(page: Page, address: str, foreign_port: int) -> None:
    for encoding in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data"):
        page.goto(f"http://{REBOUND}:{foreign_port}/")
        with page.expect_response(f"{address}/chat") as answered:
            page.evaluate(FORM, [address, encoding, "_self"])
        assert answered.value.status == 403
        page.wait_for_url(f"{address}/chat")
    check_untouched(address)


def test_a_name_that_was_pointed_at_the_server_opens_nothing(free_page: Page, address: str) -> None:
    """The page counts as one of the server's for the browser: same name, same port."""
    rebound = address.replace("127.0.0.1", REBOUND)
    response = free_page.goto(f"{rebound}/")
    assert response is not None
    assert (response.status, "allowed_hosts" in free_page.content()) == (421, True)
    told = free_page.evaluate(FETCHES, rebound)
    assert {status for status, _ in told.values()} == {421}
    assert not any("secret" in text or "mine" in text for _, text in told.values())
    assert not any(free_page.evaluate(ELEMENTS, rebound).values())
    check_untouched(address)


def test_links_to_the_pages_work_and_the_pages_too(page: Page, serve: Serve, foreign_port: int) -> None:
    address = add_session(serve())
    for num_before, name in enumerate(("127.0.0.1", "localhost", "chat.localhost"), start=1):
        page.goto(f"http://localhost:{foreign_port}/")
        link = f"{address.replace('127.0.0.1', name)}/"
        page.evaluate("(link) => { location.href = link; }", link)
        page.wait_for_url(link)
        page.locator("body[data-ready]").wait_for()
        page.locator("#question").fill("hello")
        page.locator("#question").press("Enter")
        expect(page.locator(".answer .markdown")).to_have_text(["0/1: hello"])
        page.reload()
        page.locator("body[data-ready]").wait_for()
        assert len(get(f"{address}/sessions")["sessions"]) == num_before + 1, name


def test_the_pages_cannot_be_framed(page: Page, address: str, foreign_port: int) -> None:
    page.goto(f"http://localhost:{foreign_port}/")
    with page.expect_response(f"{address}/") as answered:
        page.evaluate("(address) => { document.querySelector('iframe').src = address + '/'; }", address)
    assert answered.value.status == 403
    assert page.frames[1].locator("#question").count() == 0
