"""An assistant's last message in the playground: the answer goes on from it, or begins anew."""

import re
from typing import Any

from playwright.sync_api import Locator, expect

from tests.helpers.playground import CLIPBOARD, Bench
from tests.web.conftest import Open

BEGINNING = "Please send a"


def write_beginning(bench: Bench) -> Locator:
    """Write a question and the beginning of its answer, and return the switch beside it."""
    bench.write("Hello")
    bench.visit.button("Add a message").click()
    bench.write(BEGINNING, message=2)
    bench.set("temperature", "0")
    return bench.page.get_by_label("The answer goes on from here")


def run(bench: Bench) -> dict[str, Any]:
    """Run the first set, and return the body of its request."""
    with bench.page.expect_request("**/v1/chat/completions") as request:
        bench.run()
    body: Any = request.value.post_data_json
    assert isinstance(body, dict)
    return body


def test_an_answer_goes_on_from_the_last_message(bench: Bench) -> None:
    switch = write_beginning(bench)
    expect(switch).to_be_checked()
    assert run(bench)["continue_final_message"] is True
    assert bench.answer().startswith(" product picture")
    expect(bench.sets.first.locator(".prompt-text .segment-text").last).to_have_text(re.compile(f"{BEGINNING}$"))
    switch.uncheck()
    expect(bench.sets.first.locator(".stale")).to_be_visible()
    assert run(bench)["continue_final_message"] is False


def test_only_an_assistants_last_message_has_the_switch(bench: Bench) -> None:
    switch = write_beginning(bench)
    bench.visit.button("Move message 2 up").click()
    expect(switch).to_have_count(0)
    assert "continue_final_message" not in run(bench)
    bench.visit.button("Move message 1 down").click()
    expect(switch).to_have_count(1)
    bench.page.get_by_label("Role of message 2").select_option("user")
    expect(switch).to_have_count(0)


def test_the_snippets_and_a_saved_run_say_it_too(open_page: Open, demo: str) -> None:
    bench = Bench(open_page(demo, path="/playground", **CLIPBOARD))
    write_beginning(bench).uncheck()
    for name, expected in (("Python", '"continue_final_message": False'), ("curl", '"continue_final_message": false')):
        bench.visit.button("Code").click()
        bench.visit.button(name).click()
        expect(bench.page.locator(".code")).to_contain_text(expected)
        bench.page.keyboard.press("Escape")
    bench.visit.button("Share").click()
    bench.page.keyboard.press("Enter")
    link = bench.page.get_by_label("Link").input_value()
    other = Bench(open_page(demo, path=link.removeprefix(demo)))
    expect(other.page.get_by_label("The answer goes on from here")).not_to_be_checked()
