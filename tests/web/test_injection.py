"""Whatever the model, a title or a file says stays text: nothing of it runs, loads, links or styles."""

import pytest
from playwright.sync_api import expect

from tests.helpers.library_page import FakeLibrary, make_document
from tests.helpers.pages import Visit, file
from tests.helpers.processes import get, post
from tests.web.conftest import Open, Serve

ATTACKS = (
    "<script>window.hacked = true</script>",
    "<img src=https://evil.example/x.png onerror='window.hacked = true'>",
    "![picture](https://evil.example/x.png)",
    "[click](javascript:window.hacked=true)",
    "[click](https://evil.example/)",
    "<https://evil.example/>",
    "https://evil.example/",
    "<a href=https://evil.example/ onclick='window.hacked=true'>click</a>",
    "<style>body { display: none }</style>",
    "<p style='position:fixed;inset:0;background:url(https://evil.example/x)'>over</p>",
    "<svg onload='window.hacked=true'><use href='https://evil.example/x'/></svg>",
    "<iframe srcdoc='<script>parent.hacked=true</script>'></iframe>",
    "<link rel=stylesheet href=https://evil.example/x.css>",
    "<form action=https://evil.example><input name=key><button>Log in</button></form>",
    "<math><mtext><table><mglyph><style><img src=x onerror=window.hacked=true>",
    '<div id="question" class="error" data-text="key">mine</div>',
    "[a]: https://evil.example/ 'x'\n\n[a] ![a]",
    "`<img src=x onerror=window.hacked=true>`",
    "| a | <img src=x onerror=window.hacked=true> |\n|---|---|\n| b | c |",
)
HARMLESS = {
    *("P", "BR", "HR", "STRONG", "EM", "DEL", "CODE", "PRE", "BLOCKQUOTE", "UL", "OL", "LI"),
    *("H1", "H2", "H3", "H4", "H5", "H6", "TABLE", "THEAD", "TBODY", "TR", "TH", "TD"),
}
LOOK = """(root) => {
    const found = [...root.querySelectorAll("*")];
    const attributes = found.flatMap((one) => [...one.attributes].map((attribute) => attribute.name));
    return { names: found.map((one) => one.tagName), attributes, isHacked: "hacked" in window };
}"""


def look(chat: Visit, selector: str) -> tuple[set[str], set[str]]:
    """The elements and attributes in what is selected."""
    found = chat.page.locator(selector).evaluate(LOOK)
    assert not found["isHacked"]
    return set(found["names"]), set(found["attributes"])


@pytest.fixture
def chat(shared_chat: Visit) -> Visit:
    return shared_chat


def test_nothing_of_an_answer_runs_or_loads(chat: Visit) -> None:
    for number, attack in enumerate(ATTACKS, start=1):
        chat.ask(f"\n\n{attack}")
        expect(chat.page.locator('[aria-busy="false"]')).to_have_count(number)
        names, attributes = look(chat, ".answer .markdown >> nth=-1")
        assert names <= HARMLESS, attack
        assert attributes <= {"tabindex"}, attack
        expect(chat.page.locator("#composer")).to_be_visible()
    assert chat.page.url.startswith(chat.address)


def test_html_is_shown_as_it_was_written(chat: Visit) -> None:
    chat.ask("<b>bold</b> [shop](https://shop.example/a?b=1&c=2) ![a cat](x.png)")
    chat.expect_answers("0/1: <b>bold</b> shop (https://shop.example/a?b=1&c=2) a cat")


def test_markdown_is_shown_as_what_it_means(chat: Visit) -> None:
    chat.ask("x\n\n# Head\n\n**bold** `code`\n\n3. three\n4. four\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n- [x] done")
    answer = chat.answers
    expect(answer.locator("h1")).to_have_text("Head")
    expect(answer.locator("strong")).to_have_text("bold")
    expect(answer.locator("ol")).to_have_attribute("start", "3")
    expect(answer.locator("td")).to_have_text(["1", "2"])
    expect(answer.locator("ul li")).to_have_text("☑ done")


def test_titles_and_names_are_text(serve: Serve, open_page: Open) -> None:
    address = serve()
    for attack in ATTACKS[1::-1]:
        post(f"{address}/chat", {"user_id": attack, "question": "hello"})
    chat = open_page(address)
    links = chat.page.locator(".session-link")
    expect(links).to_have_text(list(ATTACKS[:2]))  # the newest is the first
    for number, attack in enumerate(ATTACKS[:2]):
        chat.button("Rename").nth(number).click()
        chat.page.get_by_label("Title").fill(f"new {attack}")
        chat.page.keyboard.press("Enter")
        expect(links.nth(number)).to_have_text(f"new {attack}")
        chat.button("Delete").nth(number).click()
        expect(chat.page.get_by_role("dialog")).to_contain_text(f"“new {attack}”")
        names, _ = look(chat, "#sessions")
        assert not names & {"SCRIPT", "IMG"}, attack
        assert get(f"{address}/sessions")["sessions"][number]["title"] == f"new {attack}"
        chat.page.keyboard.press("Escape")


@pytest.mark.parametrize("attack", ATTACKS[:2])
def test_questions_and_file_names_are_text(chat: Visit, attack: str) -> None:
    FakeLibrary(chat.page).refuse(415, f"refused: {attack}")
    chat.page.locator("#pick").set_input_files([file(attack, mime="text/html")])
    expect(chat.page.locator(".chip-name")).to_have_text(attack)
    expect(chat.page.locator(".chip-error")).to_have_text(f"refused: {attack}")
    chat.ask(attack)
    expect(chat.page.locator(".question")).to_have_text(attack)
    names, _ = look(chat, "#main")
    assert not names & {"SCRIPT", "IMG"}


@pytest.mark.parametrize("attack", ATTACKS[:2])
def test_documents_and_their_sources_are_text(chat: Visit, attack: str) -> None:
    library = FakeLibrary(chat.page, make_document(1, name=attack, kind="html", warnings=[attack]))
    library.pages[2] = {"text": attack}
    cell = {"text": attack, "row": 0, "column": 0}
    library.tables = [{"id": "t", "pages": [], "sheet": attack, "truncated": False, "cells": [cell]}]
    source = {"document": f"{1:032x}", "name": attack, "page": 2, "heading": attack, "quote": attack}
    chat.answer_with({"answer": "so [1]", "citations": [{"number": 1, **source, "start": 0, "end": 4}]})
    chat.ask("is it so")
    chat.page.locator(".mark").click()
    expect(chat.page.locator(".text-page")).to_have_text(attack)
    look(chat, "dialog")
    chat.page.keyboard.press("Escape")
    chat.button("Documents: 1").click()
    expect(chat.page.locator(".remarks li")).to_have_text([attack])
    chat.page.get_by_role("button", name="Tables in").click()
    expect(chat.page.locator(".document-table td")).to_have_text(attack)
    names, _ = look(chat, "body")
    assert not names & {"IMG", "IFRAME"}


def test_a_picture_that_is_a_script_is_none(chat: Visit) -> None:
    svg = b"<svg xmlns='http://www.w3.org/2000/svg'><script>top.hacked = true</script></svg>"
    chat.page.locator("#pick").set_input_files([file("x.svg", svg, "image/svg+xml")])
    expect(chat.page.locator(".tray img")).to_have_count(1)
    chat.ask("what is it")
    expect(chat.page.locator(".answer .error")).to_contain_text("the picture cannot be used")
    look(chat, "#main")


def test_the_policy_stops_what_gets_past_all_that(shared_address: str, open_page: Open) -> None:
    chat = open_page(shared_address)
    thrown = chat.page.evaluate(
        """() => {
            try { document.body.innerHTML = "<p>mine</p>"; } catch (error) { return error.name; }
            return null;
        }"""
    )
    assert thrown == "TypeError"
    chat.page.evaluate(
        """() => {
            const image = new Image();
            const blocked = new Promise((resolve) => (image.onerror = () => resolve("blocked")));
            image.src = "https://evil.example/x.png";
            return blocked;
        }"""
    )
    assert any("img-src" in error for error in chat.errors)
    chat.errors.clear()
    chat.requested = [url for url in chat.requested if "evil" not in url]
