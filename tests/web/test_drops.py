"""Whatever is dropped: text goes into the question, files into the tray, and no page is left."""

import pytest
from playwright.sync_api import Page, expect

from tests.helpers.pages import Visit
from tests.helpers.playground import Bench
from tests.web.conftest import Open

DROP = """([target, data, names, events]) => {
    const dropped = new DataTransfer();
    for (const [type, text] of Object.entries(data)) dropped.setData(type, text);
    for (const name of names) dropped.items.add(new File(["x"], name, { type: "image/png" }));
    const place = document.querySelector(target);
    return events.map((name) => {
        const event = new DragEvent(name, { bubbles: true, cancelable: true, dataTransfer: dropped });
        return !place.dispatchEvent(event);
    });
}"""


def drop(
    page: Page,
    target: str,
    data: dict[str, str] | None = None,
    names: tuple[str, ...] = (),
    events: tuple[str, ...] = ("dragover", "drop"),
) -> list[bool]:
    """Drop data by type, and files, on an element; whether each event was taken from the browser."""
    taken: list[bool] = page.evaluate(DROP, [target, data or {}, names, events])
    return taken


PROBE_INPUTS = """() => {
  const inputs = [...document.querySelectorAll("input")];
  for (const input of inputs) input.dataset.probe = input.type;
  return [...new Set(inputs.map(({ type }) => type))];
}"""
"""Marks the inputs by their types, and returns these."""


@pytest.fixture
def chat(shared_chat: Visit) -> Visit:
    return shared_chat


def test_text_is_taken_into_the_question(chat: Visit) -> None:
    question = chat.page.locator("#question")
    question.fill("see ")
    for data, value in (
        ({"text/plain": "size 38"}, "see size 38"),
        ({"text/uri-list": "# from a tab\r\nhttps://shop.example/1\r\nhttps://shop.example/2"}, None),
        ({"text/html": "<p>red <b>shoes</b></p><p>new</p><script>window.hacked = true</script>"}, "red shoes\nnew"),
        ({"text/plain": "both", "text/html": "<i>both</i>", "text/uri-list": "https://x.example"}, "both"),
        ({}, ""),
    ):
        if value is None or not value.startswith("see"):
            question.fill("")
        assert drop(chat.page, "#question", data) == [True, True]
        expect(question).to_have_value("https://shop.example/1\nhttps://shop.example/2" if value is None else value)
    assert not chat.page.evaluate("() => 'hacked' in window")

    # text goes where the cursor is, can be undone, and is taken from anywhere on the page
    question.fill("ab")
    question.press("ArrowLeft")
    drop(chat.page, "#sessions", {"text/plain": "-"})
    expect(question).to_have_value("a-b")
    expect(question).to_be_focused()
    question.press("ControlOrMeta+z")
    expect(question).to_have_value("ab")
    expect(chat.button("Send")).to_be_enabled()


def test_other_fields_and_moves_within_the_question_are_the_browsers(chat: Visit) -> None:
    assert drop(chat.page, "#search", {"text/plain": "hat"}) == [False, False]
    assert (
        drop(chat.page, "#question", {"text/plain": "x"}, events=("dragstart", "dragover", "drop"))[1:] == [False] * 2
    )
    expect(chat.page.locator("#question")).to_have_value("")


def test_files_go_to_the_tray_from_anywhere(chat: Visit) -> None:
    for count, target in enumerate(("#question", "#search", "#top", "#sessions", "#transcript"), start=1):
        assert drop(chat.page, target, names=("a.png",)) == [True, True]
        expect(chat.page.locator(".tray .thumbnail")).to_have_count(count)
    assert drop(chat.page, "#search", {"text/plain": "words"}, names=("b.png",)) == [True, True]
    expect(chat.page.locator(".tray .thumbnail")).to_have_count(6)
    expect(chat.page.locator("#question")).to_have_value("")


def test_the_hint_is_for_files_alone(chat: Visit) -> None:
    hint = chat.page.locator(".drop-hint")
    drop(chat.page, "#transcript", {"text/plain": "x"}, events=("dragover",))
    expect(hint).to_be_hidden()
    drop(chat.page, "#top", names=("a.png",), events=("dragover",))
    expect(hint).to_be_visible()
    drop(chat.page, "#top", names=("a.png",), events=("dragleave",))
    expect(hint).to_be_hidden()


def test_no_page_is_left_by_a_drop(shared_address: str, open_page: Open) -> None:
    for path in ("/", "/playground", "/knowledge", "/ops", "/schema"):
        visit = open_page(shared_address, path=path, waits=path != "/schema")
        visit.page.wait_for_load_state()
        for data, names in (({"text/uri-list": "https://shop.example/"}, ()), ({}, ("a.pdf",))):
            assert drop(visit.page, "body", data, names) == [True, True], path
        assert visit.page.url.removesuffix("#") == shared_address + path


def test_a_link_is_dropped_only_where_text_can_be_typed(bench: Bench) -> None:
    page = bench.page
    kinds = page.evaluate(PROBE_INPUTS)
    assert {"range", "number", "checkbox"} & set(kinds)
    link = {"text/uri-list": "https://shop.example/"}
    for kind in kinds:
        assert drop(page, f'[data-probe="{kind}"]', link) == [kind not in ("text", "search")] * 2, kind
    assert drop(page, "textarea", link) == [False, False]
    page.evaluate("() => { document.querySelector('textarea').readOnly = true; }")
    assert drop(page, "textarea", link) == [True, True]
