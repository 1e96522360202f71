"""The operations page for those who may see it: by key, by keyboard, on a phone, in both languages and colours."""

import re
from typing import Any

import pytest
from playwright.sync_api import expect

from server.keys.keyring import KeyRing
from tests.helpers.axe import find_violations
from tests.helpers.keys import make_key, make_secret
from tests.helpers.ops import ask, cell, cells, chart, enter_key, row
from tests.helpers.pages import Visit, turn_light
from tests.web.conftest import Open, Serve
from tests.web.test_access import LOOKS, width

KEYS = (make_key("ann", owner="shop", tokens_per_day=5000), make_key("root", role="operator"))


@pytest.fixture(scope="module")
def busy(serve_shared: Serve, shared_folders: dict[str, str]) -> str:
    """The address of a server with something in each table. What it refused came last."""
    address = serve_shared(**shared_folders)
    for question in ("hello", "fail", *["darn it"] * 12, "too much"):
        ask(address, question)
    return address


def test_a_key_is_asked_for_and_must_be_an_operators(serve: Serve, open_ops: Open) -> None:
    address = serve(keys=KeyRing(KEYS))
    ask(address, "hello", "ann")
    visit = open_ops(address, waits=False)
    visit.button("Cancel").click()
    expect(visit.page.locator("#shown")).to_be_hidden()
    visit.button("Enter a key").click()
    enter_key(visit, "ann")
    expect(visit.page.get_by_role("alert")).to_contain_text("This page is for operators")
    expect(visit.page.locator("#shown")).to_be_hidden()
    visit.button("Enter a key").click()
    enter_key(visit, "root")
    visit.wait()
    expect(visit.page.get_by_role("alert")).to_have_count(0)
    expect(visit.page.locator("#tile-state")).to_have_text("Ready")
    told = cells(visit, "keys", "shop")
    assert (told["Key"], told["Role"]) == ("ann", "user")
    assert int(told["Requests"]) > 1
    assert re.fullmatch(r"\d+ of 5,000", told["Tokens today"])
    expect(cell(visit, "keys", "operator", "Open now")).to_have_text("1")
    text = visit.page.content()
    assert not any(secret in text for one in KEYS for secret in (make_secret(one.name), one.sha256))


def test_both_languages_and_axe_finds_nothing_in_dark_and_light(busy: str, open_ops: Open) -> None:
    visit = open_ops(busy, bypass_csp=True, **LOOKS["chinese"])
    expect(row(visit, "failures", "/ask")).to_have_count(2)
    expect(visit.page.get_by_role("heading", name="最近的错误")).to_be_visible()
    expect(row(visit, "failures", "/ask").first).to_contain_text(re.compile(r"[\u4e00-\u9fff]"))
    expect(row(visit, "word-lists", "粗话")).to_have_count(1)
    assert find_violations(visit.page) == [], "dark, in Chinese"
    visit.button("EN：切换到英文").click()
    expect(visit.page.get_by_role("heading", name="Recent errors")).to_be_visible()
    expect(chart(visit, "Cache hits").locator(".legend")).to_contain_text("prefixes")
    expect(row(visit, "word-lists", "rude words")).to_have_count(1)
    dark = find_line_colours(visit)
    turn_light(visit)
    light = find_line_colours(visit)
    assert not set(light) & set(dark)
    assert find_violations(visit.page) == [], "light, in English"


def find_line_colours(visit: Visit) -> list[str]:
    """Return the colours of the lines of a chart, which can be told apart."""
    lines = chart(visit, "Time to full answer").locator("path.line")
    colours = [lines.nth(place).evaluate("line => getComputedStyle(line).stroke") for place in range(3)]
    assert len(set(colours)) == 3
    return colours


def test_a_phone_shows_everything_in_its_width_and_axe_finds_nothing(busy: str, open_ops: Open) -> None:
    visit = open_ops(busy, bypass_csp=True, **LOOKS["phone"])
    expect(row(visit, "moderation", "rude.txt")).not_to_have_count(0)
    expect(row(visit, "failures", "/ask")).to_have_count(2)
    assert width(visit) == 360
    expect(visit.page.locator("#failures thead")).not_to_be_in_viewport()
    named = row(visit, "failures", "/ask").first.evaluate("row => getComputedStyle(row.cells[0], '::before').content")
    assert named == '"Time"'
    assert find_violations(visit.page) == []


def test_everything_is_reached_by_keyboard_and_no_words_are_missing(busy: str, open_ops: Open) -> None:
    visit = open_ops(busy)
    visit.page.locator(".skip").focus()
    reached: list[Any] = []
    for _ in range(8):
        visit.page.keyboard.press("Tab")
        reached.append(
            visit.page.evaluate("() => document.activeElement.ariaLabel || document.activeElement.innerText")
        )
    pages = ["Chat", "Playground", "Knowledge", "Desk", "Operations"]
    assert reached == [*pages, "中文: switch to Chinese", "Theme: system", "Pause updates"]
    load = """async () => Object.values((await import("/web/ops/strings.js")).OPS).map(Object.keys)"""
    chinese, english = visit.page.evaluate(load)
    assert sorted(chinese) == sorted(english)
