"""A customer at a page of a shop with the chat window in it."""

from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import BrowserContext, ConsoleMessage, FrameLocator, Locator, Page, expect

from tests.helpers.pages import PATIENCE_MS
from tests.helpers.shop_page import ShopPage

BUSY = '[aria-busy="true"]'


class WidgetVisit:
    """`errors` are those of the page and of the frame. A test takes out those that it expects."""

    def __init__(self, page: Page, shop: ShopPage) -> None:
        self.page = page
        self.shop = shop
        self.errors: list[str] = []
        page.set_default_timeout(PATIENCE_MS)
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("console", self._hear)

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.errors.append(message.text)

    def go(self, customer: str | None = "42", host: str = "localhost") -> None:
        """Open the page as a customer who is signed in there, or as nobody."""
        origin = self.shop.origin.replace("localhost", host)
        self.page.goto(origin + (f"/?customer={customer}" if customer else "/"))

    def open(self) -> None:
        """Open the window, and wait until it is ready."""
        self.launcher.click()
        self.frame.locator("body[data-ready]").wait_for()

    def ask(self, question: str) -> None:
        self.question.fill(question)
        self.question.press("Enter")

    def expect_answers(self, *texts: str) -> None:
        expect(self.frame.locator(".answer .markdown")).to_have_text(list(texts))
        expect(self.frame.locator(BUSY)).to_have_count(0)

    @property
    def launcher(self) -> Locator:
        return self.page.locator("section > button[aria-expanded]")

    @property
    def frame_element(self) -> Locator:
        return self.page.locator("section > iframe")

    @property
    def frame(self) -> FrameLocator:
        return self.page.frame_locator("section > iframe")

    @property
    def question(self) -> Locator:
        return self.frame.locator("#question")

    @property
    def notice(self) -> Locator:
        return self.frame.locator("#composer .error")


@contextmanager
def visit_shop(context: BrowserContext, shop: ShopPage) -> Iterator[WidgetVisit]:
    """Open a tab for a page of a shop, and check at the end that it wrote no error."""
    visit = WidgetVisit(context.new_page(), shop)
    try:
        yield visit
        assert not visit.errors, visit.errors
    finally:
        visit.page.close()
