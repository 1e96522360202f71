"""axe-core in a page, which must be in a context that bypasses its policy: https://github.com/dequelabs/axe-core."""

from typing import Any, Literal

from playwright.sync_api import Frame, Page, expect

from tests.helpers.paths import TESTS

SCRIPT = TESTS / "web" / "vendor" / "axe-core" / "axe.min.js"

RUN = """async () => (await axe.run({
    runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    resultTypes: ["violations"],
})).violations"""

Scheme = Literal["light", "dark"]
SCHEMES: tuple[Scheme, ...] = ("light", "dark")


def find_violations(page: Page | Frame) -> list[str]:
    """Return each rule that the page breaks, with the elements that break it."""
    if not page.evaluate("() => 'axe' in window"):
        page.evaluate(SCRIPT.read_text(encoding="utf-8"))
    found: list[dict[str, Any]] = page.evaluate(RUN)
    return [f"{one['id']}: {[node['html'] for node in one['nodes']]}" for one in found]


def find_violations_of(page: Page, *schemes: Scheme) -> list[str]:
    """Return the same for each colour scheme of the system, which the page must follow."""
    found = []
    for scheme in schemes:
        page.emulate_media(color_scheme=scheme)
        expect(page.locator("html")).to_have_attribute("data-theme", scheme)
        found += [f"{scheme}: {violation}" for violation in find_violations(page)]
    return found
