"""The panel of what the desk is worth: the same figures as the report, by day, in both languages, and as a file."""

import asyncio
import csv
import io
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from server.store.store import open_store
from tests.helpers.axe import find_violations
from tests.helpers.migrated import place_migrated
from tests.helpers.ops import cells, read_again, row
from tests.helpers.store_turns import ask
from tests.web.conftest import Open, Serve
from tests.web.test_access import LOOKS, PHONE, width

DAY_S = 86400


class Past:
    """A clock that was so many seconds ago."""

    def __init__(self, ago_s: float) -> None:
        self._ago_s = ago_s

    def __call__(self) -> float:
        return time.time() - self._ago_s


async def stock(path: Path) -> None:
    """Store sessions that ended: three of today, and one of sixty days ago."""
    for ago_s, profile, question in (
        (0, "ecommerce", "Where is my order?"),
        (0, "ecommerce", "where is MY order"),
        (0, "plain", "有货吗？"),
        (60 * DAY_S, "plain", "Old news?"),
    ):
        async with open_store(path, clock=Past(ago_s)) as store:
            session = await store.create_session("", options={"profile": profile})
            await ask(store, session, question)
            await store.give_feedback("", session.id, "up")
            await store.delete_session("", session.id)


@pytest.fixture
def stocked(tmp_path: Path, serve: Serve) -> str:
    path = place_migrated(tmp_path / "sessions.db")
    with ThreadPoolExecutor() as threads:  # this thread has the browser's event loop
        threads.submit(lambda: asyncio.run(stock(path))).result()
    return serve()


def test_it_shows_the_figures_of_each_profile(stocked: str, open_ops: Open) -> None:
    visit = open_ops(stocked)
    expect(row(visit, "worth", "ecommerce")).to_have_count(1)
    told = cells(visit, "worth", "ecommerce")
    assert (told["Sessions"], told["Without a person"], told["Thumbs up"], told["Thumbs down"]) == (
        "2",
        "2 (100%)",
        "2",
        "0",
    )
    assert told["Handed over because"] == "–"
    assert " / " in told["First answer"]
    assert cells(visit, "worth", "All")["Sessions"] == "3"
    assert cells(visit, "worth-questions", "where is my order")["Sessions"] == "2"
    expect(row(visit, "worth-questions", "old news")).to_have_count(0)


def test_more_days_show_more(stocked: str, open_ops: Open) -> None:
    visit = open_ops(stocked)
    expect(row(visit, "worth", "ecommerce")).to_have_count(1)
    visit.page.get_by_label("Time", exact=True).select_option("90")
    expect(row(visit, "worth-questions", "old news")).to_have_count(1)
    assert cells(visit, "worth", "All")["Sessions"] == "4"


def test_the_file_has_the_days_that_are_shown(stocked: str, open_ops: Open) -> None:
    visit = open_ops(stocked)
    visit.page.get_by_label("Time", exact=True).select_option("90")
    with visit.page.expect_download() as waiting:
        visit.button("Download CSV").click()
    assert waiting.value.suggested_filename == "worth.csv"
    text = Path(waiting.value.path()).read_text(encoding="utf-8-sig")
    assert ["total", "", "sessions", "4"] in list(csv.reader(io.StringIO(text)))


def test_an_error_is_told_and_the_figures_stay(stocked: str, open_ops: Open) -> None:
    visit = open_ops(stocked)
    expect(row(visit, "worth", "ecommerce")).to_have_count(1)
    visit.page.route("**/ops/worth?*", lambda route: route.fulfill(status=503, json={"error": "not now"}))
    visit.page.get_by_label("Time", exact=True).select_option("7")
    expect(visit.page.get_by_role("status").filter(has_text="not now")).to_be_visible()
    expect(row(visit, "worth", "ecommerce")).to_have_count(1)
    visit.page.unroute("**/ops/worth?*")


def test_without_sessions_it_says_so(serve: Serve, open_ops: Open) -> None:
    visit = open_ops(serve())
    expect(visit.page.locator("#worth")).to_contain_text("No session ended in this time.")


def test_it_is_read_once_a_minute(stocked: str, open_ops: Open) -> None:
    visit = open_ops(stocked)
    expect(row(visit, "worth", "ecommerce")).to_have_count(1)
    for _ in range(3):
        read_again(visit)
    assert sum("/ops/worth?" in url for url in visit.requested) == 1
    with visit.page.expect_response("**/ops/worth?*"):
        visit.pass_time(61)


def test_both_languages(stocked: str, open_ops: Open) -> None:
    visit = open_ops(stocked, locale="zh-CN")
    expect(visit.page.get_by_role("heading", name="客服效果")).to_be_visible()
    expect(row(visit, "worth", "全部")).to_have_count(1)
    expect(visit.page.get_by_role("option", name="最近 30 天")).to_have_count(1)
    visit.button("EN：切换到英文").click()
    expect(row(visit, "worth", "All")).to_have_count(1)
    expect(visit.page.get_by_role("option", name="Last 30 days")).to_have_count(1)


@pytest.mark.parametrize("look", LOOKS)
def test_axe_finds_nothing(stocked: str, open_ops: Open, look: str) -> None:
    options: dict[str, Any] = LOOKS[look]
    visit = open_ops(stocked, bypass_csp=True, **options)
    expect(row(visit, "worth", "ecommerce")).to_have_count(1)
    assert find_violations(visit.page) == []


def test_a_phone_shows_it_in_its_width(stocked: str, open_ops: Open) -> None:
    visit = open_ops(stocked, **PHONE)
    expect(row(visit, "worth", "ecommerce")).to_have_count(1)
    assert width(visit) == 360
    assert "where is my order" in visit.page.locator("#worth-questions").inner_text()
