"""Somebody at a page: what they do often, and what the page must never do meanwhile."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from playwright.sync_api import Browser, ConsoleMessage, FilePayload, Locator, Page, expect

from tests.helpers.pictures import png

PATIENCE_MS = 20_000
"""For what comes at once, on a machine that is busy."""

VIOLATIONS = ("Content Security Policy", "Trusted")
"""What the browser says of what a policy forbids."""


def file(name: str = "red.png", content: bytes | None = None, mime: str = "image/png") -> FilePayload:
    """As somebody picks it; a red picture unless told otherwise."""
    return {"name": name, "mimeType": mime, "buffer": png() if content is None else content}


class Visit:
    def __init__(self, page: Page, address: str) -> None:
        self.page = page
        self.address = address
        self.requested: list[str] = []
        self.faults: list[str] = []
        page.set_default_timeout(PATIENCE_MS)
        page.on("request", lambda request: self.requested.append(request.url))
        page.on("pageerror", lambda error: self.faults.append(str(error)))
        page.on("console", self._hear)

    def _hear(self, message: ConsoleMessage) -> None:
        if any(word in message.text for word in VIOLATIONS):
            self.faults.append(message.text)

    def go(self, path: str = "/") -> None:
        self.page.goto(self.address + path)
        self.wait()

    def reload(self) -> None:
        self.page.reload()
        self.wait()

    def wait(self) -> None:
        self.page.locator("body[data-ready]").wait_for()

    def ask(self, question: str) -> None:
        self.page.locator("#question").fill(question)
        self.page.locator("#question").press("Enter")

    def answer_with(self, *events: dict[str, object]) -> None:
        """In place of the server's reply to the next question."""
        body = "".join(f"data: {json.dumps(event)}\n\n" for event in events)
        headers = {"X-Session": "0" * 32, "X-Turn": "0" * 32, "Content-Type": "text/event-stream"}
        self.page.route("**/chat", lambda route: route.fulfill(body=body, headers=headers), times=1)

    @property
    def answers(self) -> Locator:
        return self.page.locator(".answer .markdown")

    def expect_answers(self, *texts: str) -> None:
        """Of the whole dialogue, each complete."""
        expect(self.answers).to_have_text(list(texts))
        expect(self.page.locator('[aria-busy="true"]')).to_have_count(0)

    def button(self, name: str) -> Locator:
        return self.page.get_by_role("button", name=name, exact=True)

    @property
    def strangers(self) -> list[str]:
        """Requests to any other host."""
        own = (self.address, "blob:", "data:")
        return [url for url in self.requested if not url.startswith(own)]


@contextmanager
def visiting(browser: Browser, address: str, path: str = "/", waits: bool = True, **options: Any) -> Iterator[Visit]:
    """`options` are those of a browser's context."""
    context = browser.new_context(**{"locale": "en-US", "reduced_motion": "reduce", **options})
    visit = Visit(context.new_page(), address)
    try:
        visit.page.goto(address + path)
        if waits:
            visit.wait()
        yield visit
        assert visit.faults == []
        assert visit.strangers == []
    finally:
        context.close()
