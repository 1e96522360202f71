"""For everybody: by keyboard, on a phone, in two languages, in the light and in the dark."""

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Locator, expect

from server.keys.keyfile import add_key
from server.keys.keyring import KeyRing
from tests.helpers.axe import SCHEMES, find_violations_of
from tests.helpers.keys import make_key
from tests.helpers.pages import Visit, file
from tests.web.conftest import Open, Serve

MAX_FIRST_PAGE_BYTES = 150_000
DOCUMENT_STRINGS = ("/web/chat/document_strings.js", "DOCUMENTS")
ONE_LINE = 48
"""Of text with what is around it, in pixels."""
PHONE: dict[str, Any] = {"viewport": {"width": 360, "height": 640}, "has_touch": True, "is_mobile": True}
LOOKS: dict[str, dict[str, Any]] = {
    "light": {"color_scheme": "light"},
    "chinese": {"locale": "zh-CN", "color_scheme": "dark"},
    "phone": {**PHONE, "color_scheme": "dark"},
}
WIDE = f"x\n\n```\n{'code ' * 40}\n```\n\n| {'wide | ' * 12}\n{'|---' * 12}|\n\n{'endless' * 30}"

RECEIVED = """() => ["navigation", "resource"]
    .flatMap((kind) => performance.getEntriesByType(kind))
    .map((entry) => entry.encodedBodySize)"""


@pytest.fixture
def chat(shared_chat: Visit) -> Visit:
    return shared_chat


def background(chat: Visit) -> str:
    colour: str = chat.page.evaluate("() => getComputedStyle(document.body).backgroundColor")
    return colour


def width(chat: Visit) -> int:
    wide: int = chat.page.evaluate("() => document.documentElement.scrollWidth")
    return wide


def height(shown: Locator) -> float:
    box = shown.bounding_box()
    assert box is not None
    return box["height"]


def num_bytes_of_first_visit(visit: Visit) -> int:
    """Open the page again as if the browser had never been there."""
    network = visit.page.context.new_cdp_session(visit.page)
    network.send("Network.enable")
    network.send("Network.setCacheDisabled", {"cacheDisabled": True})
    visit.reload()
    sizes: list[int] = visit.page.evaluate(RECEIVED)
    assert len(sizes) > 25
    return sum(sizes)


def find_in_all_looks(chat: Visit, is_phone: bool) -> list[str]:
    """Return what axe finds: on a phone in the dark, or else in English in the light and in Chinese in the dark."""
    if is_phone:
        return find_violations_of(chat.page, "dark")
    found = find_violations_of(chat.page, "light")
    chat.page.locator("#language").click()
    expect(chat.page.locator("html")).to_have_attribute("lang", "zh-CN")
    found += find_violations_of(chat.page, "dark")
    chat.page.locator("#language").click()
    return found


@pytest.mark.parametrize("is_phone", [False, True])
def test_axe_finds_nothing(serve: Serve, open_page: Open, is_phone: bool) -> None:
    chat = open_page(serve(), bypass_csp=True, **(PHONE if is_phone else {}))
    assert find_in_all_looks(chat, is_phone) == []
    chat.page.locator("#pick").set_input_files([file()])
    chat.ask("**bold** `code`\n\n> quote\n\n| a |\n|---|\n| b |")
    expect(chat.page.locator('[aria-busy="false"]')).to_have_count(1)
    chat.ask("fail")
    expect(chat.page.locator(".answer .error")).to_have_count(1)
    chat.page.locator("#pick").set_input_files([file()])
    expect(chat.page.locator(".tray img")).to_have_count(1)
    if is_phone:
        chat.page.locator(".drawer-open").click()
    expect(chat.page.locator(".session-link")).to_have_count(1)
    assert find_in_all_looks(chat, is_phone) == []


def test_axe_finds_nothing_in_dialogs(serve: Serve, open_page: Open, tmp_path: Path) -> None:
    add_key(tmp_path / "keys.toml", make_key())
    chat = open_page(serve(keys=KeyRing(path=tmp_path / "keys.toml")), waits=False, bypass_csp=True)
    chat.page.get_by_label("Access key").fill("sk-wrong")
    chat.button("Continue").click()
    expect(chat.page.get_by_role("dialog").get_by_role("alert")).to_be_visible()
    assert find_violations_of(chat.page, *SCHEMES) == []


def test_everything_is_reached_by_keyboard_in_the_order_that_it_is_read(serve: Serve, open_page: Open) -> None:
    chat = open_page(serve())
    chat.ask("hello")
    chat.expect_answers("0/1: hello")
    expect(chat.page.locator(".session-link")).to_have_text("hello")  # it is stored
    chat.page.reload()
    chat.wait()
    expect(chat.page.locator(".session-link")).to_have_text("hello")
    chat.page.locator(".skip").focus()
    reached = []
    for _ in range(21):
        chat.page.keyboard.press("Tab")
        reached.append(chat.page.evaluate("() => document.activeElement.ariaLabel || document.activeElement.innerText"))
    assert reached == [
        "Chat",
        "Playground",
        "Knowledge",
        "Desk",
        "Operations",
        "中文: switch to Chinese",
        "Theme: system",
        "New conversation",
        "Search conversations",
        "hello",
        "Rename",
        "Delete",
        "Conversation",
        "Copy",
        "Helpful",
        "Not helpful",
        "Ask again",
        "Talk to a person",
        "",
        "Add files",
        "Assistant",
    ]


def test_the_skip_link_leads_to_the_question(chat: Visit) -> None:
    skip = chat.page.locator(".skip")
    skip.focus()
    expect(skip).to_be_in_viewport()
    chat.page.keyboard.press("Enter")
    expect(chat.page.locator("#question")).to_be_focused()


def test_both_languages_and_nothing_is_lost_between_them(chat: Visit) -> None:
    chat.ask("hello")
    chat.expect_answers("0/1: hello")
    chat.page.locator("#question").fill("a draft")
    chat.button("中文: switch to Chinese").click()
    expect(chat.page.locator("html")).to_have_attribute("lang", "zh-CN")
    expect(chat.button("新会话")).to_be_visible()
    expect(chat.button("有帮助")).to_be_visible()
    expect(chat.page.locator("#question")).to_have_value("a draft")
    chat.expect_answers("0/1: hello")
    chat.ask("fail")
    expect(chat.page.locator(".answer .error")).to_contain_text("内部错误")
    chat.reload()
    expect(chat.button("新会话")).to_be_visible()
    chat.page.locator("#language").click()


def test_the_browsers_language_is_the_first(shared_address: str, open_page: Open) -> None:
    assert "您好" in open_page(shared_address, locale="zh-TW").page.locator(".welcome").inner_text()
    assert "Hello" in open_page(shared_address, locale="fr-FR").page.locator(".welcome").inner_text()


def test_no_words_are_missing_in_either_language(chat: Visit) -> None:
    for module, name in (("/web/frame/strings.js", "FRAME"), ("/web/chat/strings.js", "CHAT"), DOCUMENT_STRINGS):
        load = "async ([module, name]) => Object.values((await import(module))[name]).map(Object.keys)"
        chinese, english = chat.page.evaluate(load, [module, name])
        assert sorted(chinese) == sorted(english)


def test_dark_and_light_by_the_system_and_by_the_switch(shared_chat: Visit, open_page: Open) -> None:
    chat = open_page(shared_chat.address, color_scheme="dark")
    light, dark = background(shared_chat), background(chat)
    assert light != dark
    chat.button("Theme: system").click()
    assert background(chat) == light
    chat.reload()
    assert background(chat) == light
    chat.button("Theme: light").click()
    assert background(chat) == dark
    chat.button("Theme: dark").click()
    chat.page.emulate_media(color_scheme="light")
    expect(chat.page.locator("html")).to_have_attribute("data-theme", "light")


def test_wide_fonts_do_not_break_the_navigation_of_a_phone(shared_address: str, open_page: Open) -> None:
    page = open_page(shared_address, **PHONE).page
    page.locator("nav").evaluate("(nav) => { nav.style.fontSize = '19px'; }")
    assert height(page.locator("#top")) < 2 * ONE_LINE
    assert page.evaluate("() => document.documentElement.scrollWidth") == 360
    page.locator(".brand").evaluate("""(brand) => {
      brand.append(Object.assign(document.createElement("span"), { className: "tag", innerText: "demo ".repeat(9) }));
    }""")
    assert page.locator("nav").evaluate("(nav) => nav.clientWidth") > 300, "what else is there takes no room from it"
    page.get_by_role("link", name="Operations").click()
    page.wait_for_url("**/ops")


def test_a_phone_shows_everything_in_its_width(serve: Serve, open_page: Open) -> None:
    chat = open_page(serve(), **PHONE)
    assert width(chat) == 360
    assert height(chat.page.get_by_role("link", name="Playground")) < ONE_LINE
    chat.page.locator("#key").evaluate("(key) => { key.hidden = false; }")
    assert height(chat.page.locator("#top")) < 2 * ONE_LINE
    chat.page.locator("#pick").set_input_files([file()] * 16)
    expect(chat.page.locator(".tray img")).to_have_count(16)
    expect(chat.button("Send")).to_be_in_viewport(ratio=1)
    chat.ask(WIDE)
    expect(chat.page.locator('[aria-busy="false"]')).to_have_count(1)
    assert height(chat.page.locator("th").first) < ONE_LINE
    assert width(chat) == 360
    assert chat.page.evaluate("() => document.documentElement.scrollHeight") == 640  # what scrolls is within the page
    expect(chat.page.locator("#composer")).to_be_in_viewport(ratio=1)
    expect(chat.button("Take a photo")).to_be_visible()
    expect(chat.page.locator("#sessions")).to_be_hidden()
    chat.button("Conversations").click()
    expect(chat.page.locator(".drawer-close")).to_be_focused()  # a field would bring up the keyboard
    expect(chat.page.locator(".session-link")).to_be_visible()
    chat.page.keyboard.press("Escape")
    expect(chat.page.locator("#sessions")).to_be_hidden()
    chat.button("Conversations").click()
    chat.button("New conversation").click()
    expect(chat.page.locator("#sessions")).to_be_hidden()
    expect(chat.page.locator(".welcome")).to_be_visible()


def test_the_camera_is_for_phones(chat: Visit) -> None:
    assert chat.page.locator("#photo").get_attribute("capture") == "environment"
    expect(chat.page.locator("button.photo")).to_be_hidden()


def test_the_first_page_is_light(demo: str, open_page: Open) -> None:
    assert 20_000 < num_bytes_of_first_visit(open_page(demo)) < MAX_FIRST_PAGE_BYTES
