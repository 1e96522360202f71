"""The operations page as an operator reads it."""

import httpx
from playwright.sync_api import Locator

from tests.helpers.keys import make_secret
from tests.helpers.pages import Visit

READ_EVERY_S = 2.0
"""How often the page reads the numbers."""


def read_again(visit: Visit) -> None:
    """Make the page read now what it would have read some seconds later."""
    with visit.page.expect_response("**/ops/state"):
        visit.pass_time(READ_EVERY_S)


def ask(address: str, question: str, name: str | None = None) -> httpx.Response:
    headers = {} if name is None else {"Authorization": f"Bearer {make_secret(name)}"}
    # reading certificates, which loopback does not need, would take longer than the request
    return httpx.post(f"{address}/ask", json={"question": question}, headers=headers, timeout=60, verify=False)


def row(visit: Visit, table: str, text: str) -> Locator:
    return visit.page.locator(f"#{table} tbody tr").filter(has_text=text)


def cells(visit: Visit, table: str, text: str) -> dict[str, str]:
    """Return the texts of the only row with `text`, by the heads of their columns."""
    found: dict[str, str] = row(visit, table, text).evaluate(
        "row => Object.fromEntries([...row.cells].map((cell) => [cell.dataset.name, cell.innerText]))"
    )
    return found


def cell(visit: Visit, table: str, text: str, name: str) -> Locator:
    return row(visit, table, text).locator(f'td[data-name="{name}"]')


def chart(visit: Visit, title: str) -> Locator:
    return visit.page.locator(".chart").filter(has=visit.page.get_by_role("heading", name=title, exact=True))


def enter_key(visit: Visit, name: str) -> None:
    visit.page.get_by_label("Access key").fill(make_secret(name))
    visit.button("Continue").click()
