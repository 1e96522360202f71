"""Runs that are saved, opened, shared and exported, and snippets that give the answer of the page."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.helpers.pages import file
from tests.helpers.playground import CLIPBOARD, Bench
from tests.helpers.processes import get, post
from tests.web.conftest import Open, Serve

KIND = "minicpm-v-playground"
SAVED = re.compile("#run=[0-9a-f]{32}$")


@pytest.fixture(scope="module")
def ran(demo: str, open_shared: Open) -> Bench:
    """The playground with two sets that have answered, for all tests here, each of which leaves them so."""
    bench = Bench(open_shared(demo, path="/playground", **CLIPBOARD))
    bench.run_two_sets()
    return bench


def save(bench: Bench, title: str) -> None:
    bench.visit.button("Save").click()
    bench.page.get_by_label("Title").fill(title)
    bench.page.keyboard.press("Enter")
    expect(bench.page.locator("#toolbar").get_by_role("status")).to_have_text(f"Saved “{title}”")


def told(bench: Bench) -> list[Any]:
    """All that the page says of its sets."""
    return [
        [
            bench.answer(index),
            bench.tokens(index).evaluate_all("(tokens) => tokens.map((token) => token.ariaLabel)"),
            bench.sets.nth(index).locator(".numbers").inner_text(),
            bench.sets.nth(index).locator(".prompt-text").text_content(),
            bench.sets.nth(index).locator(".view").evaluate_all("(views) => views.map((view) => view.dataset.box)"),
        ]
        for index in range(bench.sets.count())
    ]


def test_a_run_is_saved_and_a_colleague_opens_its_link(ran: Bench, open_page: Open) -> None:
    ran.visit.button("Share").click()
    expect(ran.page.get_by_label("Title")).to_have_value('What\'s "this"?')
    ran.page.keyboard.press("Enter")
    ran.visit.button("Copy").click()
    expect(ran.page.get_by_role("dialog").get_by_role("status")).to_have_text("Copied")
    link = ran.copied()
    assert link == ran.page.get_by_label("Link").input_value()
    expect(ran.page).to_have_url(link)
    ran.visit.button("Close").click()
    other = Bench(open_page(ran.visit.address, path=link.removeprefix(ran.visit.address)))
    assert told(other) == told(ran)
    expect(other.text(part=2)).to_have_value('What\'s "this"?')
    expect(other.page.locator("#set-2-temperature, #set-3-temperature").first).to_have_value("1.5")
    picture = ran.page.locator(".part-picture img").get_attribute("src")
    expect(other.page.locator(".part-picture img")).to_have_attribute("src", str(picture))
    other.run(1)
    assert other.answer(1) == ran.answer(1)


def test_what_was_saved_is_the_whole_run_and_one_that_was_changed_is_another(ran: Bench) -> None:
    save(ran, "Whole")
    expect(ran.page).to_have_url(SAVED)
    run = get(f"{ran.visit.address}/playground/runs/{ran.page.url.split('=')[1]}")["run"]
    assert (run["kind"], run["version"], run["model"]) == (KIND, 1, "demo")
    assert run["messages"][0]["content"][0]["image_url"]["url"].startswith("data:image/png;base64,")
    first, second = run["sets"]
    assert first["parameters"] == {
        "temperature": 1.5,
        "top_k": 0,
        "max_slice_nums": 2,
        "logprobs": True,
        "top_logprobs": 5,
    }
    assert second["parameters"] == {**first["parameters"], "temperature": 0}
    assert first["answer"]["request"]["seed"] == int(ran.number("seed"))
    assert "".join(token["token"] for token in second["answer"]["choices"][0]["tokens"]) == ran.answer(1)
    assert second["answer"]["usage"]["timings"]["time_to_first_token_s"] > 0
    assert first["prompt"]["pictures"][0]["views"]
    ran.write("changed", part=2)
    expect(ran.page).not_to_have_url(SAVED)
    ran.write('What\'s "this"?', part=2)


def test_nothing_is_saved_while_the_json_is_wrong(shared_bench: Bench) -> None:
    shared_bench.visit.button("JSON").click()
    shared_bench.page.locator(".raw").fill("[")
    for button in ("Save", "Share", "Export"):
        shared_bench.visit.button(button).click()
        expect(shared_bench.page.locator("#toolbar").get_by_role("alert")).to_contain_text("fix it first")
    expect(shared_bench.page.get_by_role("dialog")).to_have_count(0)
    shared_bench.page.locator(".raw").fill('[{"role": "user", "content": ""}]')
    shared_bench.visit.button("Form").click()
    expect(shared_bench.text()).to_be_visible()


def test_runs_are_listed_opened_and_deleted(shared_bench: Bench) -> None:
    for title in ("First of mine", "Second of mine"):
        shared_bench.write(title)
        save(shared_bench, title)
    shared_bench.visit.button("Open").click()
    dialog = shared_bench.page.get_by_role("dialog")
    expect(dialog.locator(".runs a").nth(0)).to_have_text("Second of mine")
    expect(dialog.locator(".runs a").nth(1)).to_have_text("First of mine")
    dialog.get_by_role("link", name="First of mine").press("Enter")
    expect(dialog).to_have_count(0)
    expect(shared_bench.text()).to_have_value("First of mine")
    shared_bench.visit.button("Open").click()
    shared_bench.visit.button("Delete “First of mine”").click()
    expect(dialog.last).to_contain_text("“First of mine” will be deleted permanently")
    shared_bench.visit.button("Delete").click()
    expect(dialog.get_by_role("link", name="First of mine")).to_have_count(0)
    expect(dialog.get_by_role("link", name="Second of mine")).to_have_count(1)
    expect(shared_bench.page).not_to_have_url(SAVED)
    shared_bench.visit.button("Close").click()


def test_an_empty_and_a_long_list_and_a_run_is_opened_while_another_is_asked(serve: Serve, open_page: Open) -> None:
    address = serve(delay_s=0.5)
    bench = Bench(open_page(address, path="/playground"))
    bench.visit.button("Open").click()
    expect(bench.page.get_by_role("dialog")).to_contain_text("No saved runs yet")
    bench.visit.button("Close").click()
    for number in range(22):
        post(f"{address}/playground/runs", {"title": f"Run {number}", "run": {}})
    bench.visit.button("Open").click()
    runs = bench.page.locator(".runs li")
    expect(runs).to_have_count(20)
    bench.visit.button("More").click()
    expect(runs).to_have_count(22)
    expect(bench.visit.button("More")).to_be_hidden()
    bench.page.get_by_role("link", name="Run 3", exact=True).click()
    expect(bench.page.get_by_role("dialog").get_by_role("alert")).to_have_text("This is not a playground run.")
    bench.visit.button("Close").click()
    saved = post(f"{address}/playground/runs", {"title": "Saved", "run": run()})
    bench.write("a slow question")
    bench.sets.nth(0).locator(".run").click()
    expect(bench.visit.button("Stop all")).to_be_enabled()
    bench.visit.button("Open").click()
    bench.page.get_by_role("link", name="Saved").click()
    expect(bench.text()).to_have_value("x")
    expect(bench.visit.button("Stop all")).to_be_disabled()
    expect(bench.page).to_have_url(re.compile(f"#run={saved['id']}$"))


def test_a_link_to_a_run_that_is_gone_says_so(shared_bench: Bench) -> None:
    shared_bench.write("")
    shared_bench.page.goto(f"{shared_bench.visit.address}/playground#run={'0' * 32}")
    expect(shared_bench.page.locator("#toolbar").get_by_role("alert")).to_contain_text("0" * 32)
    expect(shared_bench.text()).to_have_value("")


def test_an_exported_file_is_opened_again(ran: Bench, tmp_path: Path) -> None:
    with ran.page.expect_download() as download:
        ran.visit.button("Export").click()
    assert download.value.suggested_filename == "What-s-this.json"
    download.value.save_as(tmp_path / "run.json")
    before = told(ran)
    ran.visit.go("/playground")
    expect(ran.tokens()).to_have_count(0)
    open_file(ran, (tmp_path / "run.json").read_bytes())
    expect(ran.page.get_by_role("dialog")).to_have_count(0)
    assert told(ran) == before


def open_file(bench: Bench, content: bytes) -> None:
    bench.visit.button("Open").click()
    with bench.page.expect_file_chooser() as chooser:
        bench.visit.button("Open from file").click()
    chooser.value.set_files([file("run.json", content, "application/json")])


def run(**changed: Any) -> dict[str, Any]:
    messages = [{"role": "user", "content": "x"}]
    one: dict[str, Any] = {"parameters": {}, "answer": None, "prompt": None, "is_stale": False}
    return {"kind": KIND, "version": 1, "model": "demo", "messages": messages, "sets": [one], **changed}


SET: dict[str, Any] = run()["sets"][0]
TOKEN = {"token": "a", "logprob": "x", "bytes": [97], "top_logprobs": []}
CHOICE = {"text": "a", "tokens": [TOKEN], "finish_reason": "stop"}
ANSWER: dict[str, Any] = {"request": {}, "choices": [CHOICE], "usage": None, "ending": "done", "problem": None}
PROMPT = {"num_tokens": 1, "pictures": [], "segments": [{"kind": "image", "picture": 0, "view": 0}]}


@pytest.mark.parametrize(
    "content",
    [
        "not JSON",
        "null",
        "[]",
        json.dumps(run(kind="other")),
        json.dumps(run(version=2)),
        json.dumps(run(sets=[])),
        json.dumps(run(sets=[SET] * 5)),
        json.dumps(run(messages=[{"role": "user", "content": [{"type": "text"}]}])),
        json.dumps(run(sets=[{**SET, "parameters": []}])),
        json.dumps(run(sets=[{**SET, "answer": ANSWER}])),
        json.dumps(run(sets=[{**SET, "prompt": PROMPT}])),
    ],
)
def test_what_is_no_run_is_refused_and_changes_nothing(shared_bench: Bench, content: str) -> None:
    shared_bench.write("mine")
    open_file(shared_bench, content.encode())
    dialog = shared_bench.page.get_by_role("dialog")
    expect(dialog.get_by_role("alert")).to_have_text("This is not a playground run.")
    shared_bench.visit.button("Close").click()
    expect(shared_bench.text()).to_have_value("mine")


def test_a_run_without_answers_is_opened(shared_bench: Bench) -> None:
    shared_bench.write("mine")
    open_file(shared_bench, json.dumps(run()).encode())
    expect(shared_bench.text()).to_have_value("x")


@pytest.mark.parametrize("fragment", ["%", "%E0%A4%A", "x" * 5000, "", "../runs", "%00"])
def test_a_link_that_is_damaged_says_so(shared_bench: Bench, fragment: str) -> None:
    page = shared_bench.page
    page.evaluate("(fragment) => { location.hash = ''; location.hash = `#run=${fragment}`; }", fragment)
    expect(page.locator("#toolbar .error")).to_have_text(
        "This link is incomplete or damaged, so it names no run. Copy the link again."
    )
    assert shared_bench.visit.errors == []
    page.evaluate("() => { location.hash = ''; }")


def test_a_link_to_nothing_and_a_damaged_one_at_the_start_say_so(shared_bench: Bench) -> None:
    page = shared_bench.page
    shared_bench.visit.go(f"/playground?unknown#run={'0' * 32}")
    expect(page.locator("#toolbar .error")).to_contain_text("0" * 32)
    shared_bench.visit.go("/playground?damaged#run=%")
    expect(page.locator("#toolbar .error")).to_contain_text("This link is incomplete or damaged")
    expect(page.locator("#messages .part-text")).to_be_visible()
