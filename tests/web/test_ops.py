"""The operations page: live numbers, what went wrong, and who may see it."""

import re
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Locator, expect

from server.keys.keyring import KeyRing
from tests.helpers.axe import violations
from tests.helpers.keys import key, secret_of
from tests.helpers.loopback import comes_true
from tests.helpers.pages import Visit
from tests.helpers.processes import get
from tests.helpers.wire import wired
from tests.web.conftest import Open, Serve
from tests.web.test_access import LOOKS, PHONE, width

KEYS = (key("ann", owner="shop", tokens_per_day=5000), key("root", role="operator"))
PROFILE = 'stages = ["moderation"]\n[title]\nzh = "店"\nen = "Shop"\n'


@pytest.fixture
def folders(tmp_path: Path) -> dict[str, str]:
    """Settings, with a profile and a list that may be edited."""
    for name, text in (
        ("profiles/shop.toml", PROFILE),
        ("lists/rude.txt", "darn\n"),
        ("lists/categories.toml", '[rude]\naction = "mask"\nzh = "粗话"\nen = "rude words"\n'),
    ):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    return {"profiles": str(tmp_path / "profiles"), "word_lists": str(tmp_path / "lists"), "moderation": "on"}


def ask(address: str, question: str, name: str | None = None) -> httpx.Response:
    headers = {} if name is None else {"Authorization": f"Bearer {secret_of(name)}"}
    return httpx.post(f"{address}/ask", json={"question": question}, headers=headers, timeout=60)


def row(visit: Visit, table: str, text: str) -> Locator:
    return visit.page.locator(f"#{table} tbody tr").filter(has_text=text)


def cells(visit: Visit, table: str, text: str) -> dict[str, str]:
    """Of the only row with a text, by their heads."""
    found: dict[str, str] = row(visit, table, text).evaluate(
        "row => Object.fromEntries([...row.cells].map((cell) => [cell.dataset.name, cell.innerText]))"
    )
    return found


def cell(visit: Visit, table: str, text: str, name: str) -> Locator:
    return row(visit, table, text).locator(f'td[data-name="{name}"]')


def chart(visit: Visit, title: str) -> Locator:
    return visit.page.locator(".chart").filter(has=visit.page.get_by_role("heading", name=title, exact=True))


def enter_key(visit: Visit, name: str) -> None:
    visit.page.get_by_label("Access key").fill(secret_of(name))
    visit.button("Continue").click()


def test_charts_draw_what_the_metrics_say_and_move_with_traffic(serve: Serve, open_page: Open) -> None:
    address = serve()
    visit = open_page(address, path="/ops")
    expect(row(visit, "requests", "/ask")).to_have_count(0)
    for _ in range(6):
        ask(address, "hello")
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
    expect(line).not_to_have_attribute("d", before)
    expect(chart(visit, "Time to first token").locator(".legend")).to_have_text(
        re.compile(r"p50[\d.]+ ms.*p99[\d.]+ ms")
    )
    expect(chart(visit, "Memory").locator(".legend")).to_have_text(re.compile(r"process[\d.,]+ [MG]B"))
    expect(visit.page.locator("#tile-state")).to_have_text("Ready")


def test_a_page_that_is_opened_later_has_the_past(serve: Serve, open_page: Open) -> None:
    address = serve()
    ask(address, "hello")
    assert comes_true(lambda: len(get(f"{address}/ops/history")["times_s"]) > 2, within_s=60)
    visit = open_page(address, path="/ops")
    path = chart(visit, "Memory").locator("path.line").first.get_attribute("d")
    assert path is not None
    assert path.count("L") >= 2


def test_a_chart_tells_the_values_under_the_pointer(serve: Serve, open_page: Open) -> None:
    visit = open_page(serve(), path="/ops")
    memory = chart(visit, "Memory")
    expect(memory.locator(".chart-time")).to_have_text("")
    memory.locator("svg").hover()
    expect(memory.locator(".chart-time")).to_have_text(re.compile(r"\d+:\d\d"))
    expect(memory.locator(".cursor")).to_have_count(1)
    visit.page.locator("h1").hover()
    expect(memory.locator(".cursor")).to_have_count(0)


def test_an_internal_error_is_found_by_the_id_that_its_client_has(serve: Serve, open_page: Open) -> None:
    address = serve()
    visit = open_page(address, path="/ops")
    expect(visit.page.locator("#failures")).to_contain_text("No errors.")
    error_id = ask(address, "fail").json()["id"]
    expect(row(visit, "failures", error_id)).to_have_count(1)
    told = cells(visit, "failures", error_id)
    assert (told["Status"], told["Route"]) == ("500", "POST /ask")
    assert told["Cause"].startswith("RuntimeError, tests/helpers/fakes.py:")
    assert "secret of the inside" not in visit.page.inner_text("body")


def test_a_moderation_hit_is_told_by_its_rule(serve: Serve, open_page: Open, folders: dict[str, str]) -> None:
    address = serve(**folders)
    visit = open_page(address, path="/ops")
    ask(address, "darn it")
    expect(row(visit, "moderation", "rude.txt, line 1")).not_to_have_count(0)
    told = row(visit, "moderation", "rude.txt").first.inner_text()
    assert ("mask" in told, "question" in told) == (True, True)
    assert "darn" not in visit.page.inner_text("body")
    assert cells(visit, "word-lists", "rude words")["Words"] == "1"


def test_an_edit_that_is_refused_is_told_until_it_is_mended(
    serve: Serve, open_page: Open, folders: dict[str, str]
) -> None:
    visit = open_page(serve(**folders), path="/ops")
    file = Path(folders["profiles"]) / "shop.toml"
    assert cells(visit, "profiles", "Shop (shop)")["File"] == str(file)
    file.write_text(PROFILE + "colour = 3\n", encoding="utf-8")
    alert = visit.page.get_by_role("alert")
    expect(alert).to_contain_text("shop.toml, line 5")
    expect(alert).to_contain_text("colour")
    assert "line 5" in cells(visit, "files", "Profiles")["Last edit"]
    expect(row(visit, "profiles", "Shop (shop)")).to_have_count(1)
    file.write_text(PROFILE.replace("Shop", "Better shop"), encoding="utf-8")
    expect(row(visit, "profiles", "Better shop (shop)")).to_have_count(1)
    expect(alert).to_have_count(0)


def test_a_key_is_asked_for_and_must_be_an_operators(serve: Serve, open_page: Open) -> None:
    address = serve(keys=KeyRing(KEYS))
    ask(address, "hello", "ann")
    visit = open_page(address, path="/ops", waits=False)
    enter_key(visit, "ann")
    expect(visit.page.get_by_role("alert")).to_contain_text("This page is for operators")
    expect(visit.page.locator("#shown")).to_be_hidden()
    visit.button("Enter a key").click()
    enter_key(visit, "root")
    visit.wait()
    expect(visit.page.get_by_role("alert")).to_have_count(0)
    told = cells(visit, "keys", "shop")
    assert (told["Key"], told["Role"]) == ("ann", "user")
    assert int(told["Requests"]) > 1
    assert re.fullmatch(r"\d+ of 5,000", told["Tokens today"])
    expect(cell(visit, "keys", "operator", "Open now")).to_have_text("1")
    text = visit.page.content()
    assert not any(secret in text for one in KEYS for secret in (secret_of(one.name), one.sha256))


def test_who_enters_no_key_can_do_so_later(serve: Serve, open_page: Open) -> None:
    visit = open_page(serve(keys=KeyRing(KEYS)), path="/ops", waits=False)
    visit.button("Cancel").click()
    expect(visit.page.locator("#shown")).to_be_hidden()
    visit.button("Enter a key").click()
    enter_key(visit, "root")
    visit.wait()
    expect(visit.page.locator("#tile-state")).to_have_text("Ready")


def test_updates_can_be_paused(serve: Serve, open_page: Open) -> None:
    address = serve()
    visit = open_page(address, path="/ops")
    with visit.page.expect_response("**/ops/state"):
        pass  # the next reading is a while away
    visit.button("Pause updates").click()
    ask(address, "hello")
    num_read = num_readings(visit)
    visit.page.wait_for_timeout(3000)
    assert num_readings(visit) == num_read
    expect(row(visit, "requests", "/ask")).to_have_count(0)
    visit.button("Resume updates").click()
    expect(row(visit, "requests", "/ask")).to_have_count(1)


def num_readings(visit: Visit) -> int:
    return sum("/ops/" in url for url in visit.requested)


def test_a_page_that_nobody_sees_asks_seldom(serve: Serve, open_page: Open) -> None:
    visit = open_page(serve(), path="/ops")
    hide = """(hidden) => {
        Object.defineProperty(document, "hidden", { value: hidden, configurable: true });
        document.dispatchEvent(new Event("visibilitychange"));
    }"""
    visit.page.evaluate(hide, True)
    visit.page.wait_for_timeout(5000)  # the reading that was planned before
    num_read = num_readings(visit)
    visit.page.wait_for_timeout(5000)
    assert num_readings(visit) == num_read
    with visit.page.expect_request("**/ops/history"):
        visit.page.evaluate(hide, False)


def test_it_goes_on_after_the_connection_was_lost(serve: Serve, open_page: Open) -> None:
    address = serve()
    with wired(address) as (wire, through):
        visit = open_page(through, path="/ops")
        wire.cut()
        expect(visit.page.get_by_text("Connection lost")).to_be_visible()
        expect(visit.page.locator("#tile-state")).to_be_visible()
        ask(address, "hello")
        wire.mend()
        expect(row(visit, "requests", "/ask")).to_have_count(1)


@pytest.mark.parametrize("look", LOOKS)
def test_axe_finds_nothing(serve: Serve, open_page: Open, folders: dict[str, str], look: str) -> None:
    address = serve(**folders)
    for question in ("hello", "fail", *["darn it"] * 12):
        ask(address, question)
    visit = open_page(address, path="/ops", bypass_csp=True, **LOOKS[look])
    expect(row(visit, "failures", "/ask")).to_have_count(1)
    assert violations(visit.page) == []


def test_a_phone_shows_everything_in_its_width(serve: Serve, open_page: Open, folders: dict[str, str]) -> None:
    address = serve(**folders)
    for question in ("hello", "fail", "darn it"):
        ask(address, question)
    visit = open_page(address, path="/ops", **PHONE)
    expect(row(visit, "moderation", "rude.txt")).not_to_have_count(0)
    assert width(visit) == 360
    expect(visit.page.locator("#failures thead")).not_to_be_in_viewport()
    assert (
        row(visit, "failures", "/ask").evaluate("row => getComputedStyle(row.cells[0], '::before').content") == '"Time"'
    )


def test_lines_can_be_told_apart_in_light_and_dark(serve: Serve, open_page: Open) -> None:
    address = serve()
    ask(address, "hello")
    colour = "line => getComputedStyle(line).stroke"
    seen = {}
    for scheme in ("light", "dark"):
        visit = open_page(address, path="/ops", color_scheme=scheme)
        lines = chart(visit, "Time of a whole answer").locator("path.line")
        seen[scheme] = [lines.nth(place).evaluate(colour) for place in range(3)]
        assert len(set(seen[scheme])) == 3
    assert not set(seen["light"]) & set(seen["dark"])


def test_both_languages(serve: Serve, open_page: Open, folders: dict[str, str]) -> None:
    address = serve(**folders)
    ask(address, "too much")
    visit = open_page(address, path="/ops", locale="zh-CN")
    expect(visit.page.get_by_role("heading", name="最近的错误")).to_be_visible()
    expect(row(visit, "failures", "/ask")).to_contain_text(re.compile(r"[\u4e00-\u9fff]"))
    expect(row(visit, "word-lists", "粗话")).to_have_count(1)
    visit.button("EN：切换到英文").click()
    expect(visit.page.get_by_role("heading", name="Recent errors")).to_be_visible()
    expect(chart(visit, "Cache hits").locator(".legend")).to_contain_text("prefixes")
    expect(row(visit, "word-lists", "rude words")).to_have_count(1)


def test_no_words_are_missing_in_either_language(serve: Serve, open_page: Open) -> None:
    visit = open_page(serve(), path="/ops")
    load = """async () => Object.values((await import("/web/ops/strings.js")).OPS).map(Object.keys)"""
    chinese, english = visit.page.evaluate(load)
    assert sorted(chinese) == sorted(english)


def test_everything_is_reached_by_keyboard(serve: Serve, open_page: Open) -> None:
    visit = open_page(serve(), path="/ops")
    visit.page.locator(".skip").focus()
    reached: list[Any] = []
    for _ in range(6):
        visit.page.keyboard.press("Tab")
        reached.append(
            visit.page.evaluate("() => document.activeElement.ariaLabel || document.activeElement.innerText")
        )
    pages = ["Chat", "Playground", "Operations"]
    assert reached == [*pages, "中文: switch to Chinese", "Colours: the system's", "Pause updates"]


def test_axes_have_round_numbers(serve: Serve, open_page: Open) -> None:
    visit = open_page(serve(), path="/ops")
    load = "async ([most, isBinary]) => (await import('/web/ops/scale.js')).ticks(most, 4, isBinary)"
    found = [visit.page.evaluate(load, [most, False]) for most in (0, 1, 7, 120)]
    assert found == [[0, 0.5], [0, 0.5, 1], [0, 2, 4, 6, 8], [0, 50, 100, 150]]
    assert visit.page.evaluate(load, [700 * 2**20, True]) == [place * 256 * 2**20 for place in range(4)]
