"""What people and the model write has the direction of its own letters."""

from playwright.sync_api import Locator, expect

from tests.helpers.pages import Visit
from tests.helpers.playground import Bench
from tests.web.conftest import Open, Serve

ARABIC, HEBREW = "هل هذا متوفر؟", "האם זה במלאי?"


def expect_direction(element: Locator, direction: str) -> None:
    expect(element).to_have_css("direction", direction)


def is_at_right(block: Locator) -> bool:
    """Whether the first line of a block ends at its right edge, as text from right to left does."""
    found: bool = block.evaluate(
        """(block) => {
            const range = document.createRange();
            range.selectNodeContents(block);
            const [{ left, right }] = range.getClientRects();
            const box = block.getBoundingClientRect();
            return box.right - right < left - box.left;
        }"""
    )
    return found


def test_each_text_has_its_own_direction(chat: Visit) -> None:
    question = chat.page.locator("#question")
    for text, direction in ((ARABIC, "rtl"), ("in stock?", "ltr"), (HEBREW, "rtl")):
        question.fill(text)
        expect_direction(question, direction)
    chat.ask(f"{ARABIC}\n\nEnglish words, which are much longer than the others are\n\n- {HEBREW}")
    expect(chat.answers.locator("p")).to_have_count(2)
    expect_direction(chat.page.locator(".question"), "rtl")
    expect_direction(chat.page.locator(".session-link"), "rtl")
    chat.button("New conversation").click()
    chat.ask("words\n\n" + "words " * 20 + f"\n\n{ARABIC}")
    paragraphs = chat.answers.locator("p")
    expect(paragraphs).to_have_count(3)
    expect(chat.page.locator('.answer[aria-busy="false"]')).to_have_count(1)  # until then it is drawn anew
    assert [is_at_right(paragraphs.nth(index)) for index in range(3)] == [False, False, True]
    expect(chat.page.locator(".session-link").first).to_contain_text("words")
    chat.button("Rename").first.click()
    chat.page.get_by_label("Title").fill(HEBREW)
    expect_direction(chat.page.get_by_label("Title"), "rtl")
    chat.page.keyboard.press("Enter")
    expect_direction(chat.page.locator(".session-link").first, "rtl")
    expect_direction(chat.page.locator("html"), "ltr")


def test_so_it_is_on_the_playground(serve: Serve, open_page: Open) -> None:
    bench = Bench(open_page(serve(), path="/playground"))
    bench.write(HEBREW)
    expect_direction(bench.text(), "rtl")
    bench.run()
    bench.expect_end()
    expect_direction(bench.page.locator(".prompt-text"), "ltr")
