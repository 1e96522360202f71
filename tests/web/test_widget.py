"""The chat window in a page of a shop, which is of another site: what a customer does with it."""

import pytest
from playwright.sync_api import expect

from tests.helpers.pages import file
from tests.helpers.shop_page import ShopPage
from tests.helpers.widget_page import WidgetVisit
from tests.web.conftest import OpenShop, Serve


def test_a_customer_asks_and_is_answered_in_the_shops_page(shop: WidgetVisit) -> None:
    expect(shop.frame.locator(".welcome")).to_contain_text("Hello, how can we help?")
    shop.ask("hello")
    shop.expect_answers("0/1: hello")
    shop.ask("**bold**")
    shop.expect_answers("0/1: hello", "0/2: bold")
    expect(shop.frame.locator(".answer strong")).to_have_text("bold")
