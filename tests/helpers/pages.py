"""A page with somebody at it: what they do often, and what the page must never do meanwhile."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, FilePayload, Locator, Page, expect

from tests.helpers.pictures import png

PATIENCE_MS = 20_000
"""Long, for a machine that is busy."""

EMPTY_PAGE = "http://127.0.0.1:1/"
"""An address of the servers' site that no server has."""

VIOLATIONS = ("Content Security Policy", "Trusted")
"""Words in the browser's messages about what a policy forbids."""


def file(name: str = "red.png", content: bytes | None = None, mime: str = "image/png") -> FilePayload:
    """Return a file to choose; by default a red picture."""
    return {"name": name, "mimeType": mime, "buffer": png() if content is None else content}


class Visit:
    def __init__(self, page: Page, address: str) -> None:
        self.page = page
        self.address = address
        self.requested: list[str] = []
        self.errors: list[str] = []
        page.set_default_timeout(PATIENCE_MS)
        page.on("request", lambda request: self.requested.append(request.url))
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("console", self._hear)

    def _hear(self, message: ConsoleMessage) -> None:
        if any(word in message.text for word in VIOLATIONS):
            self.errors.append(message.text)

    def go(self, path: str = "/") -> None:
        self.page.goto(self.address + path)
        self.wait()

    def reload(self) -> None:
        self.page.reload()
        self.wait()

    def wait(self) -> None:
        self.page.locator("body[data-ready]").wait_for()

    def pass_time(self, seconds: float) -> None:
        """Fire the timers of the page that are due within this time. The page must have been opened with a clock."""
        self.page.clock.fast_forward(round(seconds * 1000))

    def ask(self, question: str) -> None:
        self.page.locator("#question").fill(question)
        self.page.locator("#question").press("Enter")

    def answer_with(self, *events: dict[str, object]) -> None:
        """Replace the server's reply to the next question by these events."""
        body = "".join(f"data: {json.dumps(event)}\n\n" for event in events)
        headers = {"X-Session": "0" * 32, "X-Turn": "0" * 32, "Content-Type": "text/event-stream"}
        self.page.route("**/chat", lambda route: route.fulfill(body=body, headers=headers), times=1)

    @property
    def answers(self) -> Locator:
        return self.page.locator(".answer .markdown")

    def expect_answers(self, *texts: str) -> None:
        """Wait until the dialogue has exactly these answers, each complete."""
        expect(self.answers).to_have_text(list(texts))
        expect(self.page.locator('[aria-busy="true"]')).to_have_count(0)

    def button(self, name: str) -> Locator:
        return self.page.get_by_role("button", name=name, exact=True)

    def start_over(self) -> None:
        """Close what a test has left open on the chat page, take back its routes, and begin a new dialogue."""
        self.page.unroute_all()
        for _ in range(self.page.get_by_role("dialog").count()):
            self.page.keyboard.press("Escape")
        self.button("New conversation").click()
        self.page.locator("#question").fill("")
        for button in reversed(self.page.locator(".tray .remove").all()):
            button.click()
        expect(self.answers).to_have_count(0)

    @property
    def foreign_requests(self) -> list[str]:
        """The URLs of requests to other hosts."""
        own = (self.address, "blob:", "data:")
        return [url for url in self.requested if not url.startswith(own)]


def turn_light(visit: Visit) -> None:
    """Turn the system's theme from dark to light, and wait until the page has followed."""
    expect(visit.page.locator("html")).to_have_attribute("data-theme", "dark")
    visit.page.emulate_media(color_scheme="light")
    expect(visit.page.locator("html")).to_have_attribute("data-theme", "light")


class Contexts:
    """A context of the browser for each set of options, shared by the tests of a process.

    An empty page stays open in each: Chromium then gives its renderer process to the next pages of the same site, and
    a page opens in half the time.
    """

    def __init__(self, browser: Browser) -> None:
        self._browser = browser
        self._contexts: dict[str, BrowserContext] = {}

    def get(self, has_clock: bool = False, **options: Any) -> BrowserContext:
        """Return the context with these options of a context, in English unless told otherwise.

        With `has_clock` its pages have a clock that `Visit.pass_time` moves on.
        """
        options = {"locale": "en-US", "reduced_motion": "reduce", **options}
        key = json.dumps([has_clock, options], sort_keys=True)
        if key not in self._contexts:
            self._contexts[key] = self._open(has_clock, options)
        return self._contexts[key]

    def _open(self, has_clock: bool, options: dict[str, Any]) -> BrowserContext:
        context = self._browser.new_context(**options)
        if has_clock:
            context.clock.install()
        page = context.new_page()
        page.route(EMPTY_PAGE, lambda route: route.fulfill(body="", content_type="text/html"))
        page.goto(EMPTY_PAGE)
        return context


@contextmanager
def visit_page(context: BrowserContext, address: str, path: str = "/", waits: bool = True) -> Iterator[Visit]:
    """Open a page in a tab of its own, and check at the end that it broke no policy and asked no other host."""
    visit = Visit(context.new_page(), address)
    try:
        visit.page.goto(address + path)
        if waits:
            visit.wait()
        yield visit
        assert visit.errors == []
        assert visit.foreign_requests == []
    finally:
        _clear_storage(context, visit)
        visit.page.close()


def _clear_storage(context: BrowserContext, visit: Visit) -> None:
    """Forget the language, the theme and the key: the next test's page may be of the same server."""
    context.set_offline(False)
    devtools = context.new_cdp_session(visit.page)
    devtools.send("Storage.clearDataForOrigin", {"origin": visit.address, "storageTypes": "local_storage"})
