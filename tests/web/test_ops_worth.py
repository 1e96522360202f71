"""The panel of what the desk is worth: the same figures as the report, by day, in both languages, and as a file."""

import asyncio
import csv
import io
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from playwright.sync_api import expect

from server.store.store import open_store
from tests.helpers.axe import find_violations
from tests.helpers.migrated import place_migrated
from tests.helpers.ops import cells, read_again, row
from tests.helpers.pages import Visit, turn_light
from tests.helpers.store_turns import ask
from tests.web.conftest import Open, Serve
from tests.web.test_access import LOOKS, width

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


@pytest.fixture(scope="module")
def stocked(tmp_path_factory: pytest.TempPathFactory, serve_shared: Serve) -> str:
    path = place_migrated(tmp_path_factory.mktemp("worth") / "sessions.db")
    with ThreadPoolExecutor() as threads:  # this thread has the browser's event loop
        threads.submit(lambda: asyncio.run(stock(path))).result()
    return serve_shared(path.parent)


@pytest.fixture(scope="module")
def shared_ops(stocked: str, open_shared: Open) -> Visit:
    return open_shared(stocked, path="/ops", has_clock=True)


@pytest.fixture
def visit(shared_ops: Visit) -> Visit:
    """The page as it opens."""
    shared_ops.requested.clear()
    shared_ops.reload()
    expect(row(shared_ops, "worth", "ecommerce")).to_have_count(1)
    return shared_ops


def test_it_shows_the_figures_of_each_profile(visit: Visit) -> None:
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


def test_more_days_show_more_and_the_file_has_them(visit: Visit) -> None:
    visit.page.get_by_label("Time", exact=True).select_option("90")
    expect(row(visit, "worth-questions", "old news")).to_have_count(1)
    assert cells(visit, "worth", "All")["Sessions"] == "4"
    with visit.page.expect_download() as waiting:
        visit.button("Download CSV").click()
    assert waiting.value.suggested_filename == "worth.csv"
    text = Path(waiting.value.path()).read_text(encoding="utf-8-sig")
    assert ["total", "", "sessions", "4"] in list(csv.reader(io.StringIO(text)))


def test_it_is_read_once_a_minute(visit: Visit) -> None:
    for _ in range(3):
        read_again(visit)
    assert sum("/ops/worth?" in url for url in visit.requested) == 1
    with visit.page.expect_response("**/ops/worth?*"):
        visit.pass_time(61)


def test_an_error_is_told_and_the_figures_stay(visit: Visit) -> None:
    visit.page.route("**/ops/worth?*", lambda route: route.fulfill(status=503, json={"error": "not now"}))
    visit.page.get_by_label("Time", exact=True).select_option("7")
    expect(visit.page.get_by_role("status").filter(has_text="not now")).to_be_visible()
    expect(row(visit, "worth", "ecommerce")).to_have_count(1)
    visit.page.unroute("**/ops/worth?*")


def test_without_sessions_it_says_so(serve: Serve, open_ops: Open) -> None:
    visit = open_ops(serve())
    expect(visit.page.locator("#worth")).to_contain_text("No session ended in this time.")


def test_both_languages_and_axe_finds_nothing_in_dark_and_light(stocked: str, open_ops: Open) -> None:
    visit = open_ops(stocked, bypass_csp=True, **LOOKS["chinese"])
    expect(visit.page.get_by_role("heading", name="客服效果")).to_be_visible()
    expect(row(visit, "worth", "全部")).to_have_count(1)
    expect(visit.page.get_by_role("option", name="最近 30 天")).to_have_count(1)
    expect(row(visit, "worth", "ecommerce")).to_have_count(1)
    assert find_violations(visit.page) == [], "dark, in Chinese"
    visit.button("EN：切换到英文").click()
    expect(row(visit, "worth", "All")).to_have_count(1)
    expect(visit.page.get_by_role("option", name="Last 30 days")).to_have_count(1)
    turn_light(visit)
    assert find_violations(visit.page) == [], "light, in English"


def test_a_phone_shows_it_in_its_width_and_axe_finds_nothing(stocked: str, open_ops: Open) -> None:
    visit = open_ops(stocked, bypass_csp=True, **LOOKS["phone"])
    expect(row(visit, "worth", "ecommerce")).to_have_count(1)
    assert width(visit) == 360
    assert "where is my order" in visit.page.locator("#worth-questions").inner_text()
    assert find_violations(visit.page) == []
