"""The playground with somebody at it: what they do often, and what they see of an answer."""

from typing import Any

from playwright.sync_api import FilePayload, Locator, expect

from tests.helpers.pages import Visit, file
from tests.helpers.paths import SAMPLE_FOLDER

CARD = SAMPLE_FOLDER / "blue-striped-shirt.png"
CLIPBOARD: dict[str, Any] = {"permissions": ["clipboard-read", "clipboard-write"]}
"""Options of a context whose pages may copy."""


class Bench:
    def __init__(self, visit: Visit) -> None:
        self.visit = visit
        self.page = visit.page

    @property
    def sets(self) -> Locator:
        return self.page.locator(".set")

    @property
    def parts(self) -> Locator:
        return self.page.locator(".part")

    def text(self, message: int = 1, part: int = 1) -> Locator:
        return self.page.get_by_label(f"Message {message}, part {part}: text", exact=True)

    def write(self, text: str, message: int = 1, part: int = 1) -> None:
        self.text(message, part).fill(text)

    def give(self, *pictures: FilePayload, message: int = 1) -> None:
        """Choose pictures with the button of a message and wait until they are shown; by default the sample card."""
        given = list(pictures) or [file("card.png", CARD.read_bytes())]
        shown = self.page.locator(".part-picture")
        num_shown = shown.count() + sum(one["mimeType"].startswith("image/") for one in given)
        with self.page.expect_file_chooser() as chooser:
            self.page.locator(".message").nth(message - 1).locator(".add-picture").click()
        chooser.value.set_files(given)
        expect(shown).to_have_count(num_shown)

    def set(self, name: str, value: str, index: int = 0) -> None:
        """Set a generation parameter of one set."""
        row = self.sets.nth(index).locator(f'[data-name="{name}"]')
        if not row.is_visible():
            row.locator("xpath=ancestor::details/summary").click()
        control = row.locator("input, textarea, select")
        if control.evaluate("(control) => control.tagName") == "SELECT":
            control.select_option(value)
        else:
            control.fill(value)

    def run(self, index: int = 0) -> None:
        self.sets.nth(index).locator(".run").click()
        self.expect_end(index)

    def run_two_sets(self) -> None:
        """Ask about a card with two sets of parameters, and wait for both answers and their prompts."""
        self.give()
        self.write('What\'s "this"?', part=2)
        self.set("temperature", "1.5")
        self.set("top_k", "0")
        self.set("max_slice_nums", "2")
        self.visit.button("Add a set").click()
        self.set("temperature", "0", index=1)
        self.visit.button("Run all").click()
        for index in range(2):
            self.expect_end(index)
            expect(self.sets.nth(index).locator(".prompt")).to_be_visible()

    def copied(self) -> str:
        text: str = self.page.evaluate("() => navigator.clipboard.readText()")
        return text

    def expect_end(self, index: int = 0) -> None:
        expect(self.sets.nth(index).locator(".outcome")).to_have_attribute("aria-busy", "false")

    def answer(self, index: int = 0) -> str:
        return self.sets.nth(index).locator(".choice-text").text_content() or ""

    def tokens(self, index: int = 0) -> Locator:
        return self.sets.nth(index).locator(".tokens").get_by_role("option")

    def number(self, name: str, index: int = 0) -> str:
        return self.sets.nth(index).locator(f'[data-number="{name}"]').inner_text().split()[0]

    def problem(self, index: int = 0) -> Locator:
        return self.sets.nth(index).get_by_role("alert")

    def card(self) -> Locator:
        return self.page.locator(".token-card:visible")

    def messages(self) -> Any:
        """Return the messages of the JSON view."""
        self.visit.button("JSON").click()
        messages = self.page.evaluate("() => JSON.parse(document.querySelector('.raw').value)")
        self.visit.button("Form").click()
        return messages
