"""axe-core, in a page: https://github.com/dequelabs/axe-core. It needs a context that bypasses the page's policy."""

from typing import Any

from playwright.sync_api import Page

from tests.helpers.paths import TESTS

SCRIPT = TESTS / "web" / "vendor" / "axe-core" / "axe.min.js"

RUN = """() => axe.run({ runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"] })"""


def violations(page: Page) -> list[str]:
    """Each as its rule and the elements that break it."""
    page.evaluate(SCRIPT.read_text(encoding="utf-8"))
    found: dict[str, Any] = page.evaluate(RUN)
    return [f"{one['id']}: {[node['html'] for node in one['nodes']]}" for one in found["violations"]]
