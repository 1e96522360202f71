"""axe-core in a page, which must be in a context that bypasses its policy: https://github.com/dequelabs/axe-core."""

from typing import Any

from playwright.sync_api import Page

from tests.helpers.paths import TESTS

SCRIPT = TESTS / "web" / "vendor" / "axe-core" / "axe.min.js"

RUN = """() => axe.run({
    runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    resultTypes: ["violations"],
})"""


def find_violations(page: Page) -> list[str]:
    """Return each rule that the page breaks, with the elements that break it."""
    if not page.evaluate("() => 'axe' in window"):
        page.evaluate(SCRIPT.read_text(encoding="utf-8"))
    found: dict[str, Any] = page.evaluate(RUN)
    return [f"{one['id']}: {[node['html'] for node in one['nodes']]}" for one in found["violations"]]
