"""The chat window in a page of a shop, which is of another site: what a customer does with it."""

import json

import httpx
import pytest
from playwright.sync_api import Route, expect

from tests.helpers.customers import bearer
from tests.helpers.keys import make_secret
from tests.helpers.pages import file
from tests.helpers.shop_page import ShopPage
from tests.helpers.widget_page import WidgetVisit
from tests.web.conftest import OpenShop, Serve
from tests.web.test_actions import make_action

CITED = {
    "number": 1,
    "document": "d" * 32,
    "name": "terms.txt",
    "page": 1,
    "start": 4,
    "end": 10,
    "quote": "seven days",
}


@pytest.fixture
def shop_page(restored_shop_page: ShopPage) -> ShopPage:
    return restored_shop_page


@pytest.fixture
def shop(shared_shop: WidgetVisit) -> WidgetVisit:
    return shared_shop


def test_a_customer_asks_and_is_answered_in_the_shops_page(shop: WidgetVisit) -> None:
    expect(shop.frame.locator(".welcome")).to_contain_text("Hello, how can we help?")
    shop.ask("hello")
    shop.expect_answers("0/1: hello")
    shop.ask("**bold**")
    shop.expect_answers("0/1: hello", "0/2: bold")
    expect(shop.frame.locator(".answer strong")).to_have_text("bold")


def test_pictures_go_along(shop: WidgetVisit) -> None:
    shop.frame.locator("#pick").set_input_files([file()])
    expect(shop.frame.locator(".tray img")).to_have_count(1)
    shop.ask("what is this?")
    shop.expect_answers("1/1: what is this?")
    expect(shop.frame.locator(".tray")).to_be_hidden()
    expect(shop.frame.locator(".pictures img")).to_have_count(1)


def test_documents_are_refused_with_the_cause(shop: WidgetVisit) -> None:
    shop.frame.locator("#pick").set_input_files([file("terms.pdf", b"%PDF-", "application/pdf")])
    expect(shop.notice).to_contain_text("“terms.pdf” was not added")
    expect(shop.frame.locator(".tray")).to_be_hidden()


def test_an_answer_can_be_rated_and_asked_for_again(shop: WidgetVisit) -> None:
    shop.ask("hello")
    shop.expect_answers("0/1: hello")
    shop.frame.get_by_role("button", name="Helpful", exact=True).click()
    expect(shop.frame.get_by_role("button", name="Helpful", exact=True)).to_have_attribute("aria-pressed", "true")
    shop.frame.get_by_role("button", name="Ask again").click()
    shop.expect_answers("0/1: hello", "0/2: hello")


def test_the_last_dialogue_is_there_after_a_reload_and_a_new_one_can_be_begun(shop: WidgetVisit) -> None:
    shop.ask("hello")
    shop.expect_answers("0/1: hello")
    shop.go()
    shop.open()
    shop.expect_answers("0/1: hello")
    shop.frame.get_by_role("button", name="New conversation").click()
    shop.expect_answers()
    shop.ask("again")
    shop.expect_answers("0/1: again")


def test_an_answer_is_stopped(serve_widget: Serve, open_shop: OpenShop) -> None:
    serve_widget(delay_s=0.2)
    shop = open_shop()
    shop.go()
    shop.open()
    shop.ask("a long question " * 30)
    expect(shop.frame.locator(".answer .markdown")).to_contain_text("0/1")
    shop.question.press("Escape")
    expect(shop.frame.locator(".notes")).to_contain_text("Stopped")
    expect(shop.frame_element).to_be_visible()  # the first press has stopped the answer, and no more


def test_sources_are_shown_and_opened(shop: WidgetVisit) -> None:
    ends = {"answer": "Returns take seven days [1].", "finish_reason": "stop", "citations": [CITED]}
    body = f"data: {json.dumps(ends)}\n\n"
    headers = {"X-Session": "0" * 32, "X-Turn": "0" * 32, "Content-Type": "text/event-stream"}
    document = {"id": "d" * 32, "kind": "text", "name": "terms.txt", "pages": 1, "pages_read": 1, "has_file": False}

    def show(route: Route) -> None:
        is_page = "/pages/" in route.request.url
        route.fulfill(json={"number": 1, "text": "The seven days."} if is_page else document)

    shop.page.route("**/chat", lambda route: route.fulfill(body=body, headers=headers), times=1)
    shop.page.route("**/sessions/**", lambda route: route.fulfill(json={}))
    shop.page.route("**/documents/**", show)
    shop.ask("returns?")
    shop.frame.locator(".mark").click()
    expect(shop.frame.get_by_role("dialog")).to_contain_text("terms.txt")
    expect(shop.frame.locator("mark.cited")).to_have_text("seven ")
    shop.page.keyboard.press("Escape")
    expect(shop.frame.get_by_role("dialog")).to_have_count(0)
    expect(shop.frame_element).to_be_visible()


def test_a_call_that_changes_data_waits_for_a_yes(shop: WidgetVisit) -> None:
    ends = {"answer": "Please confirm", "finish_reason": "stop", "action": make_action()}
    headers = {"X-Session": "0" * 32, "X-Turn": "0" * 32, "Content-Type": "text/event-stream"}
    said: list[str] = []

    def confirm(route: Route) -> None:
        said.append(route.request.url.rpartition("/")[2])
        route.fulfill(json={**make_action("done"), "text": "It is returned."})

    shop.page.route("**/actions/*/*", confirm)
    shop.page.route("**/sessions/**", lambda route: route.fulfill(json={}))
    shop.page.route(
        "**/chat", lambda route: route.fulfill(body=f"data: {json.dumps(ends)}\n\n", headers=headers), times=1
    )
    shop.ask("return it")
    shop.frame.get_by_role("button", name="Confirm").click()
    expect(shop.frame.locator(".outcome")).to_have_text("It is returned.")
    assert said == ["confirm"]


def test_a_person_answers_in_place_of_the_model(shop: WidgetVisit, shop_page: ShopPage) -> None:
    shop.ask("hello")
    shop.expect_answers("0/1: hello")
    shop.frame.get_by_role("button", name="Talk to a person").click()
    line = shop.frame.locator(".handover p")
    expect(line).to_contain_text("You are waiting for a person")
    desk = httpx.Client(base_url=shop_page.server, headers=bearer(make_secret("desk")), timeout=60)
    (session,) = desk.get("/desk/sessions").json()["sessions"]
    assert desk.post(f"/desk/sessions/{session['id']}/take", json={"name": "Ann"}).status_code == 200
    expect(line).to_have_text("Ann is here to help you.")
    shop.page.evaluate("MiniCPMVWidget.close()")
    answer = {"text": "Hello, I am **Ann**"}
    assert desk.post(f"/desk/sessions/{session['id']}/answer", json=answer).status_code == 200
    shop.page.evaluate("MiniCPMVWidget.open()")
    expect(shop.frame.locator(".said.person .markdown")).to_have_text("Hello, I am Ann")
    desk.close()


def test_the_page_opens_closes_and_removes_it(shop_page: ShopPage, open_shop: OpenShop) -> None:
    shop = open_shop()
    asked: list[str] = []
    shop.page.on("request", lambda request: asked.append(request.url))
    shop.go()
    expect(shop.launcher).to_be_visible()
    # nothing of the window is loaded before it is opened
    assert [url for url in asked if url.startswith(shop_page.server)] == [f"{shop_page.server}/widget.js"]
    assert shop_page.num_tokens == 0

    shop.open()
    expect(shop.launcher).to_have_attribute("aria-expanded", "true")
    shop.page.evaluate("MiniCPMVWidget.close()")
    expect(shop.frame_element).to_be_hidden()
    shop.page.evaluate("MiniCPMVWidget.open()")
    expect(shop.frame_element).to_be_visible()
    shop.page.evaluate("MiniCPMVWidget.destroy()")
    expect(shop.frame_element).to_have_count(0)
    assert shop.page.evaluate("document.body.children.length") == 1
    assert shop.page.evaluate("'MiniCPMVWidget' in window") is False


def test_the_page_keeps_its_names_and_its_looks(open_shop: OpenShop, shop_page: ShopPage) -> None:
    shop_page.attributes = ""
    shop = open_shop()
    names = "Object.getOwnPropertyNames(window)"
    look = "(() => { const { color, width } = getComputedStyle(buy); return [color, width]; })()"
    shop.page.route("**/widget.js", lambda route: route.fulfill(body="", content_type="text/javascript"))
    shop.go()
    before, looks = set(shop.page.evaluate(names)), shop.page.evaluate(look)
    shop.page.unroute("**/widget.js")
    for attributes in ("defer", "async"):
        shop_page.attributes = attributes
        shop.go()
        shop.open()
        assert set(shop.page.evaluate(names)) - before == {"MiniCPMVWidget"}, attributes
        assert shop.page.evaluate(look) == looks, attributes
        box = shop.launcher.bounding_box()
        assert box is not None
        assert (box["width"], box["height"]) == (56, 56), attributes  # the page's styles are for its own buttons
        assert shop.page.evaluate("Object.isFrozen(MiniCPMVWidget)"), attributes
        assert shop_page.server in (shop.frame_element.get_attribute("src") or ""), attributes
