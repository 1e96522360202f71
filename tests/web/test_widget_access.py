"""The chat window for everybody, and against others: by keyboard, on a phone, small, and only where it may be shown."""

from typing import Literal

import pytest
from playwright.sync_api import Request, Route, expect

from tests.helpers.axe import find_violations
from tests.helpers.customers import make_token
from tests.helpers.pages import file
from tests.helpers.shop_page import CALLBACK, ShopPage
from tests.helpers.widget_page import WidgetVisit
from tests.web.conftest import REBOUND, OpenShop, Serve
from tests.web.test_access import LOOKS, PHONE
from tests.web.test_widget_tokens import count_sessions

MAX_BYTES = 60_000

FORGED = """(token) => {
    const host = [...(opener ?? window).document.body.children].find(({ shadowRoot }) => shadowRoot);
    const target = host.shadowRoot.querySelector("iframe").contentWindow;
    for (const message of [{ minicpmv: "connect" }, { minicpmv: "token", token }]) target.postMessage(message, "*");
}"""
"""Messages to the frame of the page, or of the page that has opened this one."""


@pytest.fixture
def shop_page(restored_shop_page: ShopPage) -> ShopPage:
    return restored_shop_page


@pytest.fixture
def shop(shared_shop: WidgetVisit) -> WidgetVisit:
    return shared_shop


def find_all_violations(shop: WidgetVisit) -> list[str]:
    """Return the rules that the shop's page and the frame break."""
    return [*find_violations(shop.page), *find_violations(shop.page.frames[1])]


@pytest.mark.parametrize("look", LOOKS)
def test_axe_finds_nothing(open_shop: OpenShop, shop_page: ShopPage, look: str) -> None:
    if look == "chinese":
        shop_page.attributes = f'{CALLBACK} data-language="zh"'
    shop = open_shop(bypass_csp=True, **LOOKS[look])
    shop.go(look)
    assert find_violations(shop.page) == []
    shop.open()
    assert find_all_violations(shop) == []
    shop.frame.locator("#pick").set_input_files([file()])
    shop.ask("# title\n\n**bold** `code`\n\n> quote\n\n1. one\n\n| a |\n|---|\n| b |")
    expect(shop.frame.locator('.answer[aria-busy="false"]')).to_have_count(1)
    shop.ask("fail")
    expect(shop.frame.locator(".answer .error")).to_have_count(1)
    shop.frame.locator("#pick").set_input_files([file()])
    expect(shop.frame.locator(".tray img")).to_have_count(1)
    assert find_all_violations(shop) == []
    shop.errors.clear()  # of the answer with status 500


def test_by_keyboard_and_the_focus_comes_back(open_shop: OpenShop) -> None:
    shop = open_shop()
    shop.go("keyboard")
    shop.page.locator("#buy").focus()
    shop.page.keyboard.press("Tab")
    expect(shop.launcher).to_be_focused()
    shop.page.keyboard.press("Enter")
    expect(shop.question).to_be_focused()
    shop.page.keyboard.type("hello")
    shop.page.keyboard.press("Enter")
    shop.expect_answers("0/1: hello")
    shop.page.keyboard.press("Escape")
    expect(shop.frame_element).to_be_hidden()
    expect(shop.launcher).to_be_focused()
    shop.page.keyboard.press("Enter")
    expect(shop.question).to_be_focused()
    shop.frame.get_by_role("button", name="Close the chat").click()
    expect(shop.frame_element).to_be_hidden()
    shop.page.locator("#buy").focus()
    shop.page.evaluate("MiniCPMVWidget.open()")
    expect(shop.question).to_be_focused()
    shop.page.keyboard.press("Escape")
    expect(shop.page.locator("#buy")).to_be_focused()


def test_it_fills_a_phone(open_shop: OpenShop) -> None:
    shop = open_shop(**PHONE)
    shop.go("narrow")
    shop.open()
    assert shop.frame_element.bounding_box() == {"x": 0, "y": 0, "width": 360, "height": 640}
    expect(shop.launcher).to_be_hidden()
    shop.ask("x" * 300)
    expect(shop.frame.locator('.answer[aria-busy="false"]')).to_have_count(1)
    assert shop.page.frames[1].evaluate("document.documentElement.scrollWidth") == 360
    shop.frame.get_by_role("button", name="Close the chat").click()
    expect(shop.launcher).to_be_visible()


def test_languages_and_themes_are_those_of_the_tag(open_shop: OpenShop, shop_page: ShopPage) -> None:
    shop = open_shop()
    for language, title, theme in (("zh", "在线客服", "dark"), ("en", "Customer service", "light")):
        shop_page.attributes = f'{CALLBACK} data-language="{language}" data-theme="{theme}"'
        shop.go()
        shop.open()
        expect(shop.frame.locator("h1")).to_have_text(title)
        expect(shop.frame.locator("html")).to_have_attribute("data-theme", theme)
        expect(shop.frame_element).to_have_attribute("title", title)
    shop_page.attributes = CALLBACK
    schemes: tuple[Literal["dark", "light"], ...] = ("dark", "light")
    for scheme in schemes:
        shop.page.emulate_media(color_scheme=scheme)
        shop.go()
        shop.open()
        expect(shop.frame.locator("h1")).to_have_text("Customer service")  # the page is English
        expect(shop.frame.locator("html")).to_have_attribute("data-theme", scheme)


def test_no_words_are_missing_in_either_language(shop: WidgetVisit) -> None:
    load = "async () => Object.values((await import('/web/widget/strings.js')).WIDGET).map(Object.keys)"
    chinese, english = shop.page.frames[1].evaluate(load)
    assert sorted(chinese) == sorted(english)


def test_all_that_is_loaded_is_small(open_shop: OpenShop, shop_page: ShopPage) -> None:
    server = shop_page.server
    shop = open_shop()
    network = shop.page.context.new_cdp_session(shop.page)
    network.send("Network.enable")
    network.send("Network.setCacheDisabled", {"cacheDisabled": True})
    sizes: dict[str, int] = {}
    encodings: set[str] = set()

    def note(request: Request) -> None:
        response = request.response()
        if response is not None and request.url.startswith(f"{server}/w"):
            sizes[request.url] = request.sizes()["responseBodySize"]
            encodings.add(response.headers.get("content-encoding", ""))

    shop.page.on("requestfinished", note)
    shop.go("small")
    shop.open()
    shop.ask("hello")
    shop.expect_answers("0/1: hello")
    assert f"{server}/widget.js" in sizes
    assert any(url.startswith(f"{server}/widget?") for url in sizes)
    assert len(sizes) > 20
    assert "gzip" in encodings
    assert 20_000 < sum(sizes.values()) < MAX_BYTES


def test_a_page_that_is_not_listed_cannot_show_it(open_shop: OpenShop, shop_page: ShopPage) -> None:
    shop = open_shop()
    shop.go(host=REBOUND)
    shop.launcher.click()
    shop.page.wait_for_timeout(1000)
    assert shop.frame.locator("#question").count() == 0
    assert any("frame-ancestors" in error for error in shop.errors)
    assert shop_page.num_tokens == 0
    shop.errors.clear()


def test_any_origin_may_be_listed_and_messages_of_others_are_ignored(
    serve_widget: Serve, open_shop: OpenShop, shop_page: ShopPage
) -> None:
    """The server's policy lets it show the frame, but then the list that the frame has does not name it."""
    serve_widget(widget_origins="*")
    listed = open_shop()
    listed.go(host=REBOUND)
    listed.open()
    listed.ask("hello")
    listed.expect_answers("0/1: hello")
    shop_page.num_tokens = 0

    def narrow(route: Route) -> None:
        route.fulfill(json={**route.fetch().json(), "widget_origins": [shop_page.origin]})

    shop = open_shop()
    shop.page.route("**/pages/config", narrow)
    shop.go(host=REBOUND)
    shop.launcher.click()
    shop.question.wait_for()
    sent: list[str] = []
    shop.page.on("request", lambda request: sent.append(request.url))
    shop.page.evaluate(FORGED, make_token("mallory"))
    shop.ask("hello")
    shop.page.wait_for_timeout(1000)
    assert not [url for url in sent if "/chat" in url or "/sessions" in url]
    assert shop_page.num_tokens == 0  # and the page was asked for no token


def test_messages_of_other_windows_are_ignored(open_shop: OpenShop, shop_page: ShopPage) -> None:
    shop = open_shop()
    shop.go("7")
    shop.open()
    with shop.page.expect_popup() as opened:
        shop.page.evaluate("(url) => { open(url); }", f"{shop_page.origin}/?customer=7")
    opened.value.wait_for_load_state()
    opened.value.evaluate(FORGED, make_token("mallory"))
    opened.value.close()
    shop.ask("hello")
    shop.expect_answers("0/1: hello")
    assert count_sessions(shop_page.server, "mallory") == 0
    assert count_sessions(shop_page.server, "7") == 1
    shop.page.evaluate(FORGED, make_token("bob"))  # of the page itself, which may
    shop.expect_answers()


def test_the_other_pages_stay_unframeable(open_shop: OpenShop, shop_page: ShopPage) -> None:
    shop = open_shop()
    shop.page.route("**/widget?**", lambda route: route.continue_(url=f"{shop_page.server}/"))
    shop.go()
    shop.launcher.click()
    shop.page.wait_for_timeout(500)
    assert shop.frame.locator("#question").count() == 0
    assert any("frame-ancestors 'none'" in error for error in shop.errors)
    shop.errors.clear()
