"""Whose window it is: tokens of the shop's page, new ones in time, other customers, and visitors without one."""

import time

import httpx
import pytest
from playwright.sync_api import Browser, expect

from tests.helpers.customers import bearer, make_token
from tests.helpers.shop_page import ShopPage
from tests.helpers.widget_page import WidgetVisit, visit_shop
from tests.web.conftest import OpenShop, Serve

BY_PAGE = 'data-language="en"'
"""The attributes of a script tag without a callback."""

REFUSED = "the server responded with a status of 401"


def count_sessions(address: str, customer: str) -> int:
    answer = httpx.get(f"{address}/sessions", headers=bearer(make_token(customer)))
    return len(answer.json()["sessions"])


def test_two_customers_in_two_browsers_see_only_their_own(
    serve_widget: Serve, shop_page: ShopPage, browser: Browser
) -> None:
    address = serve_widget()
    first, second = browser.new_context(locale="en-US"), browser.new_context(locale="en-US")
    with visit_shop(first, shop_page) as ann, visit_shop(second, shop_page) as bob:
        for shop, name in ((ann, "ann"), (bob, "bob")):
            shop.go(name)
            shop.open()
            shop.ask(f"I am {name}")
            shop.expect_answers(f"0/1: I am {name}")
        for shop, name in ((ann, "ann"), (bob, "bob")):
            shop.go(name)
            shop.open()
            shop.expect_answers(f"0/1: I am {name}")
            assert count_sessions(address, name) == 1
    first.close()
    second.close()


def test_a_token_that_ends_is_replaced_before(serve_widget: Serve, open_shop: OpenShop, shop_page: ShopPage) -> None:
    serve_widget()
    shop_page.lifetime_s = 6
    shop = open_shop()
    shop.go()
    shop.open()
    assert shop_page.num_tokens == 1
    shop.ask("hello")
    shop.expect_answers("0/1: hello")
    deadline = time.monotonic() + 30
    while shop_page.num_tokens < 2 and time.monotonic() < deadline:
        shop.page.wait_for_timeout(100)
    assert shop_page.num_tokens == 2
    shop.ask("again")
    shop.expect_answers("0/1: hello", "0/2: again")


def test_a_token_that_was_refused_is_replaced_and_the_question_answered(
    serve_widget: Serve, open_shop: OpenShop, shop_page: ShopPage
) -> None:
    address = serve_widget()
    shop_page.lifetime_s = 600
    shop = open_shop(has_clock=True)  # in a context of its own, as all pages of one share its clock
    shop.go()
    shop.open()
    shop.page.evaluate("(token) => MiniCPMVWidget.setToken(token)", make_token("42", exp=time.time() - 60))
    shop.page.clock.run_for(6000)
    shop.ask("hello")
    shop.expect_answers("0/1: hello")
    assert shop_page.num_tokens == 2
    assert count_sessions(address, "42") == 1
    assert [REFUSED in error for error in shop.errors] == [True]
    shop.errors.clear()


def test_a_back_end_with_a_wrong_secret_is_asked_only_once_more(
    serve_widget: Serve, open_shop: OpenShop, shop_page: ShopPage
) -> None:
    serve_widget()
    shop_page.secret = "another secret, which the server does not know at all"
    shop = open_shop()
    shop.go()
    shop.open()
    expect(shop.notice).to_contain_text("its signature is wrong")
    shop.page.wait_for_timeout(500)
    assert shop_page.num_tokens == 1
    assert all(REFUSED in error for error in shop.errors)
    shop.errors.clear()


def test_another_customer_of_the_same_page_sees_nothing_of_the_one_before(
    serve_widget: Serve, open_shop: OpenShop, shop_page: ShopPage
) -> None:
    address = serve_widget()
    shop_page.attributes = BY_PAGE
    shop = open_shop()
    shop.go()
    shop.page.evaluate("(token) => MiniCPMVWidget.setToken(token)", make_token("ann"))
    shop.open()
    shop.ask("a secret of ann")
    shop.expect_answers("0/1: a secret of ann")
    shop.question.fill("a draft of ann")
    shop.page.evaluate("(token) => MiniCPMVWidget.setToken(token)", make_token("bob"))
    shop.expect_answers()
    expect(shop.question).to_have_value("")
    shop.ask("hello")
    shop.expect_answers("0/1: hello")
    shop.page.evaluate("(token) => MiniCPMVWidget.setToken(token)", make_token("ann", exp=time.time() + 900))
    shop.expect_answers("0/1: a secret of ann")
    shop.page.evaluate("() => MiniCPMVWidget.setToken(null)")
    shop.expect_answers()
    expect(shop.notice).to_have_text("Please sign in to the shop before you chat.")
    assert (count_sessions(address, "ann"), count_sessions(address, "bob")) == (1, 1)


def test_a_visitor_is_told_to_sign_in_where_none_is_let_in(serve_widget: Serve, open_shop: OpenShop) -> None:
    serve_widget()
    shop = open_shop()
    shop.go(None)
    shop.open()
    expect(shop.notice).to_have_text("Please sign in to the shop before you chat.")
    shop.ask("hello")
    expect(shop.frame.locator(".answer .error")).to_contain_text("Please sign in")
    assert any("401" in error for error in shop.errors)  # of the shop's own back end
    shop.errors.clear()


def test_a_callback_that_fails_lets_nobody_in_as_a_visitor(
    serve_widget: Serve, open_shop: OpenShop, shop_page: ShopPage
) -> None:
    serve_widget(anonymous_customers="ann")
    shop_page.attributes = 'data-token-callback="noSuchFunction" data-language="en"'
    shop = open_shop()
    shop.go()
    shop.open()
    expect(shop.notice).to_have_text("Who you are could not be confirmed. Please try again in a moment.")
    assert "noSuchFunction is no function of the page" in shop.errors[0]
    shop.errors.clear()


@pytest.mark.parametrize("has_keys", [True, False])
def test_a_visitor_is_let_in_and_known_again(
    serve_widget: Serve, serve: Serve, shop_page: ShopPage, browser: Browser, has_keys: bool
) -> None:
    if has_keys:
        serve_widget(anonymous_customers="ann")
    else:
        shop_page.server = serve(widget_origins=shop_page.origin)
    shop_page.attributes = BY_PAGE
    first, second = browser.new_context(locale="en-US"), browser.new_context(locale="en-US")
    with visit_shop(first, shop_page) as shop, visit_shop(second, shop_page) as other:
        shop.go(None)
        shop.open()
        shop.ask("hello")
        shop.expect_answers("0/1: hello")
        shop.go(None)
        shop.open()
        shop.expect_answers("0/1: hello")
        other.go(None)
        other.open()
        other.expect_answers()
    first.close()
    second.close()


def test_without_keys_nothing_is_asked_for_without_a_token(
    serve: Serve, open_shop: OpenShop, shop_page: ShopPage
) -> None:
    """The server would show such a request everything."""
    shop_page.server = serve(widget_origins=shop_page.origin)
    shop = open_shop()
    sent: list[tuple[str, bool]] = []
    shop.page.on("request", lambda request: sent.append((request.url, "authorization" in request.headers)))
    shop_page.attributes = 'data-token-callback="noSuchFunction"'
    shop.go()
    shop.open()
    shop.ask("hello")
    expect(shop.frame.locator(".answer .error")).to_be_visible()
    paths = {url.removeprefix(shop_page.server).partition("?")[0] for url, has_token in sent if not has_token}
    assert not [path for path in paths if path.startswith(("/sessions", "/chat"))]
    shop.errors.clear()


def test_a_visitor_who_stays_goes_on_and_who_signs_in_begins_anew(
    serve_widget: Serve, open_shop: OpenShop, shop_page: ShopPage
) -> None:
    address = serve_widget(anonymous_customers="ann", customer_token_s=6)
    shop_page.attributes = BY_PAGE
    shop: WidgetVisit = open_shop()
    asked: list[bool] = []
    shop.page.on(
        "request",
        lambda one: asked.append("authorization" in one.headers) if one.url.endswith("/customers/anonymous") else None,
    )
    shop.go(None)
    shop.open()
    shop.ask("as a visitor")
    shop.expect_answers("0/1: as a visitor")
    deadline = time.monotonic() + 30
    while len(asked) < 2 and time.monotonic() < deadline:
        shop.page.wait_for_timeout(100)
    assert asked == [False, True]
    shop.ask("still here")
    shop.expect_answers("0/1: as a visitor", "0/2: still here")
    shop.page.evaluate("(token) => MiniCPMVWidget.setToken(token)", make_token("42"))
    shop.expect_answers()
    shop.ask("as a customer")
    shop.expect_answers("0/1: as a customer")
    assert count_sessions(address, "42") == 1
