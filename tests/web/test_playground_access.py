"""The playground for everybody: by keyboard, on a phone, in two languages, and safe from what others wrote."""

import json
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Route, expect

from server.keys.keyfile import add_key
from server.keys.keyring import KeyRing
from tests.helpers.axe import find_violations
from tests.helpers.keys import make_key, make_secret
from tests.helpers.playground import Bench
from tests.helpers.processes import post
from tests.web.conftest import Open, Serve
from tests.web.test_access import LOOKS, MAX_FIRST_PAGE_BYTES, num_bytes_of_first_visit, width
from tests.web.test_injection import ATTACKS, LOOK
from tests.web.test_playground_runs import KIND, SET


def fill(bench: Bench) -> None:
    """With what shows most of the page, in any language."""
    bench.give()
    bench.page.locator(".part-text").fill("What is this?")
    bench.set("temperature", "1.8")
    bench.set("max_slice_nums", "4")
    bench.page.locator("#toolbar .button").nth(2).click()
    bench.page.locator("#toolbar .button").nth(0).click()
    for index in range(2):
        bench.expect_end(index)
        bench.sets.nth(index).locator(".prompt summary").click()


@pytest.fixture
def opened(shared_bench: Bench) -> Bench:
    """The page as it opens."""
    shared_bench.visit.go("/playground")
    return shared_bench


def turn(bench: Bench, scheme: str) -> None:
    """Let the system have another theme, and wait until the page has followed."""
    bench.page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    expect(bench.page.locator("html")).to_have_attribute("data-theme", scheme)


def check_dark_chinese_and_light_english(bench: Bench, prepare: Callable[[], None]) -> None:
    """Find nothing in both, each of which is prepared. The page is dark and Chinese before and after."""
    for scheme, language in (("dark", "zh-CN"), ("light", "en")):
        expect(bench.page.locator("html")).to_have_attribute("lang", language)
        turn(bench, scheme)
        prepare()
        assert find_violations(bench.page) == [], (scheme, language)
        bench.page.locator("#language").click()


def test_axe_finds_nothing_in_dark_chinese_and_light_english(demo: str, open_page: Open) -> None:
    bench = Bench(open_page(demo, path="/playground", bypass_csp=True, **LOOKS["chinese"]))
    check_dark_chinese_and_light_english(bench, lambda: None)
    fill(bench)
    bench.page.locator(".chip").nth(1).click()

    def show_details() -> None:
        bench.tokens().nth(1).focus()
        expect(bench.card()).to_be_visible()
        expect(bench.page.locator(".view.is-marked")).not_to_have_count(0)

    check_dark_chinese_and_light_english(bench, show_details)
    bench.page.locator(".tab").nth(1).click()
    bench.page.locator(".raw").fill("[")
    check_dark_chinese_and_light_english(bench, lambda: None)


def test_axe_finds_nothing_in_dialogs_in_light_and_dark(demo: str, open_page: Open) -> None:
    bench = Bench(open_page(demo, path="/playground", bypass_csp=True, **LOOKS["light"]))
    post(f"{demo}/playground/runs", {"title": "A run", "run": {}})
    for button in ("Save", "Open", "Code"):
        bench.visit.button(button).click()
        expect(bench.page.get_by_role("dialog")).to_be_visible()
        for scheme in ("light", "dark"):
            turn(bench, scheme)
            assert find_violations(bench.page) == [], (button, scheme)
        bench.page.keyboard.press("Escape")
        expect(bench.visit.button(button)).to_be_focused()


def test_a_phone_shows_everything_in_its_width_and_axe_finds_nothing(demo: str, open_page: Open) -> None:
    bench = Bench(open_page(demo, path="/playground", bypass_csp=True, **LOOKS["phone"]))
    assert width(bench.visit) == 360
    assert find_violations(bench.page) == []
    fill(bench)
    assert width(bench.visit) == 360
    main = bench.page.locator("#main")
    assert main.evaluate("(main) => main.scrollWidth") <= 360
    boxes = [bench.sets.nth(index).bounding_box() for index in range(2)]
    assert boxes[0] is not None
    assert boxes[1] is not None
    assert boxes[0]["y"] + boxes[0]["height"] <= boxes[1]["y"]
    bench.tokens().nth(2).tap()
    card = bench.card().bounding_box()
    assert card is not None
    assert 0 <= card["x"] <= card["x"] + card["width"] <= 360
    bench.tokens().nth(1).focus()
    bench.page.locator(".chip").nth(1).click()
    assert find_violations(bench.page) == []
    bench.visit.button("JSON").click()
    assert main.evaluate("(main) => main.scrollWidth") <= 360
    bench.page.locator(".raw").fill("[")
    assert find_violations(bench.page) == []


def test_by_keyboard_in_the_order_that_it_is_read_and_in_both_languages(opened: Bench) -> None:
    bench = opened
    bench.write("hello")
    bench.run()
    expect(bench.page.locator(".prompt")).to_be_visible()
    bench.page.locator(".skip").focus()
    bench.page.keyboard.press("Enter")
    reached = []
    for _ in range(18):
        bench.page.keyboard.press("Tab")
        reached.append(
            bench.page.evaluate("() => document.activeElement.ariaLabel || document.activeElement.innerText")
        )
    assert reached == [
        *("Form", "JSON", "Role of message 1", "Message 1, part 1: text", "Remove part 1 of message 1"),
        *("Text", "Pictures", "Files", "Add a message", "Code", "Duplicate this set", "Reset all to defaults"),
        *("Sampling", "Length", "Penalties", "Beams", "Pictures", "Outputlogprobs true, top_logprobs 5"),
    ]
    bench.set("temperature", "0")
    bench.run()
    answer = bench.answer()
    bench.page.locator("#language").click()
    expect(bench.page.locator("h2")).to_have_text(["消息", "参数组 A"])
    expect(bench.page.locator("#set-1-temperature-meaning")).to_contain_text("采样")
    expect(bench.page.locator("dt").first).to_have_text("首 token 时间")
    expect(bench.page.locator(".part-text")).to_have_value("hello")
    expect(bench.page.locator("#set-1-temperature")).to_have_value("0")
    assert bench.answer() == answer
    bench.page.locator("#language").click()


def test_no_words_are_missing_in_either_language(shared_bench: Bench) -> None:
    for module, name in (("strings", "PLAYGROUND"), ("prompt_strings", "PROMPTS")):
        load = f"async () => Object.values((await import('/web/playground/{module}.js')).{name}).map(Object.keys)"
        chinese, english = shared_bench.page.evaluate(load)
        assert sorted(chinese) == sorted(english)
        assert len(english) > 15


def test_without_a_key_the_page_says_so_and_one_is_asked_for(serve: Serve, open_page: Open, tmp_path: Path) -> None:
    add_key(tmp_path / "keys.toml", make_key())
    visit = open_page(serve(keys=KeyRing(path=tmp_path / "keys.toml")), path="/playground", waits=False)
    visit.button("Cancel").click()
    visit.wait()
    expect(visit.page.locator("#toolbar").get_by_role("alert")).to_contain_text("key")
    held: list[Route] = []
    visit.page.route("**/v1/models", lambda route: held.append(route), times=1)
    with visit.page.expect_request("**/v1/models"):
        visit.button("Try again").click()
    visit.button("Cancel").click()
    visit.wait()
    with visit.page.expect_response("**/v1/models") as late:
        held[0].continue_()
    late.value.finished()
    visit.button("Try again").click()  # nobody is asked once more meanwhile
    expect(visit.page.get_by_role("dialog")).to_be_visible()
    visit.page.get_by_label("Access key").fill("sk-wrong")
    visit.button("Continue").click()
    expect(visit.page.get_by_role("dialog").get_by_role("alert")).to_be_visible()
    visit.page.get_by_label("Access key").fill(make_secret("ann"))
    visit.button("Continue").click()
    visit.wait()
    bench = Bench(visit)
    bench.write("hello")
    bench.run()
    assert bench.answer().endswith("hello")


def test_faults_and_what_the_server_refuses_are_said_beside_their_set(serve: Serve, open_page: Open) -> None:
    bench = Bench(open_page(serve(max_body_bytes=3000), path="/playground"))
    bench.write("fail")
    bench.run()
    expect(bench.problem().first).to_contain_text("internal error")
    bench.write("hello")
    bench.visit.button("Add a set").click()
    bench.set("min_tokens", "5", index=1)
    bench.set("max_tokens", "4", index=1)
    bench.visit.button("Run all").click()
    bench.expect_end(0)
    bench.expect_end(1)
    expect(bench.problem(0)).to_have_count(0)
    expect(bench.problem(1)).to_contain_text("min_tokens cannot be used: it is 5, which is over max_tokens 4")
    bench.write("x" * 4000)
    bench.run()
    expect(bench.problem(0)).to_contain_text("over the limit of 3000 bytes")


def test_refusals_of_the_dialect_are_sentences(opened: Bench) -> None:
    for status, said in ((429, "come again later"), (413, "it is too long")):
        body = json.dumps({"error": {"message": said, "type": "x"}})
        opened.page.route("**/v1/chat/completions", partial(refuse, status=status, body=body), times=1)
        opened.run()
        expect(opened.problem()).to_have_text(said)
        expect(opened.page.locator(".prompt")).to_be_hidden()


def refuse(route: Route, status: int, body: str) -> None:
    route.fulfill(status=status, body=body)


@pytest.mark.parametrize("attack", ATTACKS)
def test_nothing_that_others_wrote_becomes_html(shared_bench: Bench, attack: str) -> None:
    token = {"token": attack, "logprob": -1, "bytes": list(attack.encode()), "top_logprobs": []}
    token = {**token, "top_logprobs": [{**token, "top_logprobs": None}]}
    choice = {"text": attack, "tokens": [token], "finish_reason": attack}
    usage = dict.fromkeys(("prompt_tokens", "completion_tokens"), attack)
    answer = {"request": {"seed": attack}, "choices": [choice], "usage": usage, "ending": "done", "problem": attack}
    picture = {"width": 9, "height": 9, "num_tokens": attack, "grid": None}
    view = {"kind": attack, "box": [0, 0, 9, 9], "width": attack, "height": attack, "num_tokens": attack}
    segments = [{"kind": "control", "text": attack, "ids": [1]}, {"kind": "image", "picture": 0, "view": 0, "ids": []}]
    prompt = {"num_tokens": attack, "pictures": [{**picture, "views": [view]}], "segments": segments}
    content = [{"type": "text", "text": attack}, {"type": "image_url", "image_url": {"url": attack}}]
    run: dict[str, Any] = {"kind": KIND, "version": 1, "messages": [{"role": "user", "content": content}]}
    run["sets"] = [{**SET, "parameters": {"stop": [attack]}, "answer": answer, "prompt": prompt}]
    title = attack.split("\n")[0]
    saved = post(f"{shared_bench.visit.address}/playground/runs", {"title": title, "run": run})
    shared_bench.page.evaluate("(id) => { location.hash = `#run=${id}`; }", saved["id"])
    expect(shared_bench.page.locator(".choice-text")).to_have_text(attack)
    shared_bench.tokens().first.hover()
    expect(shared_bench.card()).to_be_visible()
    shared_bench.visit.button("Open").click()
    expect(shared_bench.page.locator(".runs a").first).to_have_text(title)
    found = shared_bench.page.locator("body").evaluate(LOOK)
    assert not found["isHacked"]
    assert not set(found["names"]) & {"SCRIPT", "IFRAME", "STYLE", "MATH", "LINK", "FORM", "IMG"}
    assert not {name for name in found["attributes"] if name.startswith("on")}
    shared_bench.visit.button("Close").click()
    expect(shared_bench.page.get_by_role("dialog")).to_have_count(0)


def test_the_page_is_light(opened: Bench) -> None:
    assert 20_000 < num_bytes_of_first_visit(opened.visit) < MAX_FIRST_PAGE_BYTES
