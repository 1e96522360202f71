"""The operations page: live numbers, and what went wrong."""

import re
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Locator, expect

from tests.helpers.loopback import comes_true
from tests.helpers.ops import READ_EVERY_S, ask, cell, cells, chart, read_again, row
from tests.helpers.pages import Visit
from tests.helpers.processes import get
from tests.helpers.wire import wired
from tests.web.conftest import PROFILE, Open, Serve


@pytest.fixture(scope="module")
def shared_ops(serve_shared: Serve, shared_folders: dict[str, str], open_shared: Open) -> Visit:
    """A page of a server with a profile and a word list, for the tests here to which it does not matter who asked."""
    return open_shared(serve_shared(**shared_folders), path="/ops", has_clock=True)


def test_charts_and_errors_move_with_traffic_and_updates_can_be_paused(serve: Serve, open_ops: Open) -> None:
    address = serve()
    visit = open_ops(address)
    expect(row(visit, "requests", "/ask")).to_have_count(0)
    for _ in range(6):
        ask(address, "hello")
    read_again(visit)
    expect(row(visit, "requests", "/ask")).to_have_count(1)
    expect(cell(visit, "requests", "/ask", "2xx")).to_have_text("6")
    told = cells(visit, "requests", "/ask")
    counted = re.findall(
        r'requests_total{method="POST",route="/ask",status="200"} (\S+)',
        httpx.get(f"{address}/metrics", timeout=60).text,
    )
    assert [float(told["2xx"])] == [float(count) for count in counted] == [6.0]
    routes = chart(visit, "Requests by route")
    expect(routes.locator(".legend")).to_contain_text("/ask")
    expect(routes.get_by_role("img")).to_have_accessible_name(re.compile(r"^Requests by route: .*/ask [\d.]+/s"))
    line = chart(visit, "Tokens").locator("path.line").first
    before = line.get_attribute("d")
    assert before
    ask(address, "hello again")
    read_again(visit)
    expect(line).not_to_have_attribute("d", before)
    expect(chart(visit, "Time to first token").locator(".legend")).to_have_text(
        re.compile(r"p50[\d.]+ ms.*p99[\d.]+ ms")
    )
    expect(chart(visit, "Memory").locator(".legend")).to_have_text(re.compile(r"process[\d.,]+ [MG]B"))
    expect(visit.page.locator("#tile-state")).to_have_text("Ready")
    check_errors(visit)
    check_pause(visit)


def check_errors(visit: Visit) -> None:
    """Find an internal error by the id that its client has."""
    expect(visit.page.locator("#failures")).to_contain_text("No errors.")
    error_id = ask(visit.address, "fail").json()["id"]
    read_again(visit)
    expect(row(visit, "failures", error_id)).to_have_count(1)
    told = cells(visit, "failures", error_id)
    assert (told["Status"], told["Route"]) == ("500", "POST /ask")
    assert told["Cause"].startswith("RuntimeError, tests/helpers/fakes.py:")
    assert "secret of the inside" not in visit.page.inner_text("body")


def check_pause(visit: Visit) -> None:
    """See nothing of a request while updates are paused, and see it afterwards."""
    before = cells(visit, "requests", "/ask")["2xx"]
    visit.button("Pause updates").click()
    ask(visit.address, "hello")
    num_read = num_readings(visit)
    visit.pass_time(60)
    expect(visit.button("Resume updates")).to_be_visible()
    assert num_readings(visit) == num_read
    expect(cell(visit, "requests", "/ask", "2xx")).to_have_text(before)
    visit.button("Resume updates").click()
    expect(cell(visit, "requests", "/ask", "2xx")).to_have_text(str(int(before) + 1))


def test_a_page_that_is_opened_later_has_the_past(
    serve: Serve, open_ops: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("server.app.SAMPLE_EVERY_S", 0.1)
    address = serve()
    ask(address, "hello")
    assert comes_true(lambda: len(get(f"{address}/ops/history")["times_s"]) > 2, within_s=60)
    visit = open_ops(address)
    path = chart(visit, "Memory").locator("path.line").first.get_attribute("d")
    assert path is not None
    assert path.count("L") >= 2


def test_a_chart_tells_the_values_under_the_pointer_on_axes_with_round_numbers(shared_ops: Visit) -> None:
    visit = shared_ops
    memory = chart(visit, "Memory")
    expect(memory.locator(".chart-time")).to_have_text("")
    memory.locator("svg").hover()
    expect(memory.locator(".chart-time")).to_have_text(re.compile(r"\d+:\d\d"))
    expect(memory.locator(".cursor")).to_have_count(1)
    visit.page.locator("h1").hover()
    expect(memory.locator(".cursor")).to_have_count(0)
    load = "async ([most, isBinary]) => (await import('/web/ops/scale.js')).findTicks(most, 4, isBinary)"
    found = [visit.page.evaluate(load, [most, False]) for most in (0, 1, 7, 120)]
    assert found == [[0, 0.5], [0, 0.5, 1], [0, 2, 4, 6, 8], [0, 50, 100, 150]]
    assert visit.page.evaluate(load, [700 * 2**20, True]) == [place * 256 * 2**20 for place in range(4)]


def test_a_moderation_hit_is_told_by_its_rule(shared_ops: Visit) -> None:
    visit = shared_ops
    ask(visit.address, "darn it")
    read_again(visit)
    expect(row(visit, "moderation", "rude.txt, line 1")).not_to_have_count(0)
    told = row(visit, "moderation", "rude.txt").first.inner_text()
    assert ("mask" in told, "question" in told) == (True, True)
    assert "darn" not in visit.page.inner_text("body")
    assert cells(visit, "word-lists", "rude words")["Words"] == "1"


def test_an_edit_that_is_refused_is_told_until_it_is_mended(shared_ops: Visit, shared_folders: dict[str, str]) -> None:
    visit = shared_ops
    file = Path(shared_folders["profiles"]) / "shop.toml"
    assert cells(visit, "profiles", "Shop (shop)")["Business tools"] == "–"
    assert cells(visit, "profiles", "Shop (shop)")["File"] == str(file)
    file.write_text(PROFILE + "colour = 3\n", encoding="utf-8")
    alert = visit.page.get_by_role("alert")
    read_until(visit, alert.filter(has_text="shop.toml, line 5"))
    expect(alert).to_contain_text("shop.toml, line 5")
    expect(alert).to_contain_text("colour")
    assert "line 5" in cells(visit, "files", "Profiles")["Last edit"]
    expect(row(visit, "profiles", "Shop (shop)")).to_have_count(1)
    file.write_text(PROFILE.replace("Shop", "Better shop"), encoding="utf-8")
    read_until(visit, row(visit, "profiles", "Better shop (shop)"))
    expect(row(visit, "profiles", "Better shop (shop)")).to_have_count(1)
    expect(alert).to_have_count(0)
    file.write_text(PROFILE, encoding="utf-8")


def read_until(visit: Visit, shown: Locator) -> None:
    """Read the numbers again and again: the server looks at edited files once a second."""
    while shown.count() == 0:
        read_again(visit)
        visit.page.wait_for_timeout(200)


def num_readings(visit: Visit) -> int:
    return sum("/ops/" in url for url in visit.requested)


def test_a_page_that_nobody_sees_asks_seldom(shared_ops: Visit) -> None:
    visit = shared_ops
    visit.reload()
    hide = """(hidden) => {
        Object.defineProperty(document, "hidden", { value: hidden, configurable: true });
        document.dispatchEvent(new Event("visibilitychange"));
    }"""
    visit.page.evaluate(hide, True)
    read_again(visit)  # this reading was planned before
    num_read = num_readings(visit)
    visit.pass_time(25)
    expect(visit.page.locator("#tile-state")).to_have_text("Ready")
    assert num_readings(visit) == num_read
    with visit.page.expect_request("**/ops/state"):
        visit.pass_time(10)
    with visit.page.expect_request("**/ops/history"):
        visit.page.evaluate(hide, False)


def test_it_goes_on_after_the_connection_was_lost(serve: Serve, open_ops: Open) -> None:
    address = serve()
    with wired(address) as (wire, through):
        visit = open_ops(through)
        wire.cut()
        visit.pass_time(READ_EVERY_S)
        expect(visit.page.get_by_text("Connection lost")).to_be_visible()
        expect(visit.page.locator("#tile-state")).to_be_visible()
        ask(address, "hello")
        wire.mend()
        visit.pass_time(READ_EVERY_S)
        expect(row(visit, "requests", "/ask")).to_have_count(1)
