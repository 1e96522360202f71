"""What every page has: requests with the key and the language, settings that are kept, and the wire under it all."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Request, expect

from tests.helpers.pages import Visit
from tests.helpers.paths import ROOT
from tests.helpers.processes import get
from tests.helpers.wire import wired
from tests.web.conftest import Open


@pytest.fixture
def chat(shared_chat: Visit) -> Visit:
    return shared_chat


def test_requests_say_the_readers_language(chat: Visit) -> None:
    asked: list[Request] = []
    chat.page.on("request", lambda request: asked.append(request))
    chat.ask("hello")
    chat.expect_answers("0/1: hello")
    chat.page.locator("#language").click()
    chat.ask("hello")
    expect(chat.answers).to_have_count(2)
    languages = [request.headers["accept-language"] for request in asked if request.url.endswith("/chat")]
    assert languages == ["en", "zh"]
    chat.page.locator("#language").click()


def test_an_event_may_come_in_pieces_and_with_every_sign(chat: Visit) -> None:
    found = chat.page.evaluate(
        """async () => {
            const { Api } = await import("/web/frame/api.js");
            const text = 'data: {"piece": "价格 😀"}\\n\\n: ping\\n\\ndata: {"answer": "价格 😀"}\\n\\n';
            const bytes = new TextEncoder().encode(text);
            const source = new ReadableStream({
                start(controller) {
                    for (const byte of bytes) controller.enqueue(new Uint8Array([byte]));
                    controller.close();
                },
            });
            const events = [];
            for await (const event of new Api().events({ body: source })) events.push(event);
            return events;
        }"""
    )
    assert found == [{"piece": "价格 😀"}, {"answer": "价格 😀"}]


def test_words_that_are_missing_are_an_error(chat: Visit) -> None:
    thrown = chat.page.evaluate(
        """async () => {
            const { Words } = await import("/web/frame/words.js");
            const words = new Words({ zh: { a: "一 {n}" }, en: { a: "one {n}" } });
            try { words.text("b"); } catch (error) { return [words.text("a", { n: "<b>" }), error.message]; }
        }"""
    )
    assert thrown == ["one <b>", "no words for b"]


def test_a_browser_that_keeps_nothing_still_shows_the_page(shared_address: str, open_page: Open) -> None:
    chat = open_page(shared_address)
    chat.page.add_init_script(
        "for (const name of ['localStorage', 'sessionStorage'])"
        "  Object.defineProperty(window, name, { get() { throw new DOMException('no'); } });"
    )
    chat.reload()
    chat.page.locator("#language").click()
    expect(chat.button("新会话")).to_be_visible()
    chat.page.locator("#theme").click()
    chat.ask("hello")
    chat.expect_answers("0/1: hello")


def test_a_rating_that_fails_is_said(chat: Visit) -> None:
    chat.ask("hello")
    chat.expect_answers("0/1: hello")
    session = chat.page.url.partition("#")[2]
    assert chat.page.request.delete(f"{chat.address}/sessions/{session}").ok
    chat.button("Helpful").click()
    expect(chat.page.locator(".composer .error")).to_contain_text("there is no session")
    expect(chat.button("Helpful")).to_have_attribute("aria-pressed", "false")


def test_without_a_clipboard_the_old_way_copies(shared_address: str, open_page: Open) -> None:
    chat = open_page(shared_address)
    chat.ask("hello")
    chat.expect_answers("0/1: hello")
    chat.page.evaluate(
        """() => {
            Object.defineProperty(navigator, "clipboard", { value: undefined });
            document.addEventListener("copy", () => { window.copied = document.activeElement.value; });
        }"""
    )
    chat.button("Copy").click()
    expect(chat.button("Copied")).to_be_visible()
    assert chat.page.evaluate("() => window.copied") == "0/1: hello"
    expect(chat.page.locator("body > textarea")).to_have_count(0)


def test_the_address_of_another_dialogue_opens_it(chat: Visit) -> None:
    chat.ask("first")
    chat.expect_answers("0/1: first")
    first = chat.page.url
    assert re.search(r"#[0-9a-f]{32}$", first)
    chat.button("New conversation").click()
    expect(chat.page).to_have_url(re.compile(r"/$"))
    chat.page.evaluate("(hash) => { location.hash = hash; }", first.partition("#")[2])
    chat.expect_answers("0/1: first")


@pytest.fixture
def web() -> Path:
    return ROOT / "server" / "web"


def test_every_word_that_is_said_is_there(web: Path) -> None:
    """Those that are put together from parts are seen in the tests of where they are."""
    known: set[str] = set()
    for file in web.glob("*/*strings.js"):
        known |= set(re.findall(r'^    "?([\w-]+)"?: "', file.read_text(encoding="utf-8"), re.MULTILINE))
    said = set()
    for file in web.glob("*/*.js"):
        text = file.read_text(encoding="utf-8")
        said |= set(re.findall(r'words\.text\("([\w-]+)"', text))
        said |= set(re.findall(r'\.note\("([\w-]+)"', text))
    said |= set(re.findall(r'data-text="([\w-]+)"', (web / "index.html").read_text(encoding="utf-8")))
    assert len(said) > 8
    assert said <= known


def test_a_cut_wire_passes_nothing_on_until_it_is_mended(shared_address: str) -> None:
    with wired(shared_address) as (wire, address):
        assert get(f"{address}/health")["status"] == "ok"
        wire.cut()
        with pytest.raises(OSError, match=r"reset|closed|refused|without"):
            get(f"{address}/health")
        wire.mend()
        assert get(f"{address}/health")["status"] == "ok"
