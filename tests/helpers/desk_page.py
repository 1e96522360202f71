"""The desk's page with people at it, and customers of the shop `ann` who write to them."""

from collections.abc import Callable
from typing import Any

import httpx
from playwright.sync_api import Locator, Page, expect

from server.keys.keyring import KeyRing
from tests.helpers.customers import SHOP_SECRET, bearer, make_token
from tests.helpers.keys import make_key, make_secret
from tests.helpers.pages import Visit

KEYS = KeyRing(
    (
        make_key(customer_secret=SHOP_SECRET),
        make_key("lily", owner="ann", role="agent"),
        make_key("bob", owner="ann", role="agent"),
        make_key("root", role="operator"),
    )
)
WISH = "talk to a human"


class DeskPage:
    """One person's page."""

    def __init__(self, visit: Visit) -> None:
        self.visit = visit
        self.page: Page = visit.page

    def sign_in(self, who: str, name: str | None = None) -> "DeskPage":
        """Enter the key of somebody, who is shown to customers by a name, or has not been asked for it."""
        if name is not None:
            self.page.evaluate("(name) => localStorage.setItem('desk-name', name)", name)
        self.page.locator("#key-input").fill(make_secret(who))
        self.page.locator("#key-input").press("Enter")
        self.visit.wait()
        return self

    def open(self, customer: str) -> None:
        """Open the session of a customer from the list, and wait until it is shown."""
        self.entry(customer).click()
        expect(self.heading).to_have_text(customer)

    def entry(self, customer: str) -> Locator:
        return self.page.locator(".entry").filter(has_text=customer)

    def tab(self, name: str) -> Locator:
        return self.page.get_by_role("tab", name=name)

    def write(self, text: str) -> None:
        self.answer.fill(text)
        self.answer.press("Enter")

    @property
    def answer(self) -> Locator:
        return self.page.locator("#answer")

    @property
    def heading(self) -> Locator:
        return self.page.locator(".session-name")

    @property
    def state(self) -> Locator:
        return self.page.locator(".session-state")

    @property
    def bubbles(self) -> Locator:
        return self.page.locator(".bubble")

    @property
    def problem(self) -> Locator:
        """The error of the answer that is being written."""
        return self.page.locator(".composer .error")


class Shop:
    """The customers of a shop, and its people by the routes of the desk."""

    def __init__(self, address: str, open_page: Callable[..., Visit]) -> None:
        self.address = address
        self._open_page = open_page

    def visit(self, who: str, name: str | None = "Lily", session: str = "", **options: Any) -> DeskPage:
        """Open the desk with the key of somebody."""
        path = f"/desk#{session}" if session else "/desk"
        return DeskPage(self._open_page(self.address, path=path, waits=False, **options)).sign_in(who, name)

    def say(self, customer: str, question: str = WISH, **given: Any) -> str:
        """Write as a customer, whom the shop calls by this name; return the id of the session."""
        token = make_token(f"id-{customer}", claims={"name": customer, "level": "gold"})
        body = {"user_id": "c", "question": question, **given}
        return str(self._post("/chat", bearer(token), body).headers["x-session"])

    def act(self, who: str, what: str, session: str, **body: Any) -> None:
        self._post(f"/desk/sessions/{session}/{what}", bearer(make_secret(who)), body)

    def add_canned(self, title: str, text: str) -> None:
        self._post("/desk/canned", bearer(make_secret("lily")), {"title": title, "text": text})

    def list_turns(self, session: str) -> list[dict[str, Any]]:
        headers = bearer(make_secret("root"))
        response = httpx.get(f"{self.address}/desk/sessions/{session}", headers=headers, timeout=60)
        turns: list[dict[str, Any]] = response.json()["turns"]
        return turns

    def _post(self, path: str, headers: dict[str, str], body: dict[str, Any]) -> httpx.Response:
        given = {"Accept-Language": "en", **headers}
        response = httpx.post(self.address + path, headers=given, json=body, timeout=60)
        assert response.is_success, response.text
        return response
