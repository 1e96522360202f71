"""What the playground tells of an answer is what the API tells, in the same words."""

import base64
import json
from typing import Any

import pytest
from playwright.sync_api import Locator, Request, Route, expect

from tests.helpers.playground import CARD, Bench
from tests.helpers.processes import get, post
from tests.web.conftest import Open, Serve

URL = f"data:image/png;base64,{base64.b64encode(CARD.read_bytes()).decode()}"
MESSAGES = [
    {
        "role": "user",
        "content": [{"type": "image_url", "image_url": {"url": URL}}, {"type": "text", "text": "What is this?"}],
    }
]
TOLD: dict[str, Any] = {"model": "demo", "messages": MESSAGES, "logprobs": True, "top_logprobs": 5}


def asked(bench: Bench, **values: Any) -> Any:
    """The same of the API."""
    return post(f"{bench.visit.address}/v1/chat/completions", {**TOLD, **values})


@pytest.fixture
def bench(shared_bench: Bench) -> Bench:
    """The page of all tests here with one new set, whose parameters are the defaults."""
    remove = shared_bench.visit.button("Remove this set")
    for _ in range(shared_bench.sets.count() - 1):
        remove.first.click()
    shared_bench.visit.button("Reset all to defaults").click()
    shared_bench.visit.button("Add a set").click()
    remove.first.click()
    expect(shared_bench.sets).to_have_count(1)
    return shared_bench


@pytest.fixture
def card(bench: Bench) -> Bench:
    """With a card and a question about it."""
    if bench.page.locator(".part-picture").count() == 0:
        bench.give()
    bench.write("What is this?", part=2)
    return bench


def control(bench: Bench, name: str) -> Locator:
    """Return the field of a parameter of the first set."""
    return bench.sets.first.locator(f'[id$="-{name}"]')


def test_two_sets_are_compared_and_both_are_the_apis(card: Bench) -> None:
    card.set("seed", "7")
    card.set("temperature", "1.9")
    card.set("top_k", "0")
    card.set("top_p", "1")
    card.visit.button("Add a set").click()
    card.set("temperature", "0", index=1)
    card.visit.button("Run all").click()
    both: tuple[dict[str, Any], ...] = (
        {"seed": 7, "temperature": 1.9, "top_k": 0, "top_p": 1},
        {"temperature": 0},
    )
    for index, values in enumerate(both):
        card.expect_end(index)
        expected = asked(card, **values)
        (choice,), usage = expected["choices"], expected["usage"]
        assert card.answer(index) == choice["message"]["content"]
        tokens = choice["logprobs"]["content"]
        expect(card.tokens(index)).to_have_count(len(tokens))
        labels = card.tokens(index).evaluate_all("(tokens) => tokens.map((token) => token.ariaLabel)")
        for label, token in zip(labels, tokens, strict=True):
            name, share = label.rsplit(" ", 1)
            assert name == (token["token"] if token["token"].strip() else json.dumps(token["token"])[1:-1])
            assert float(share[:-1]) == pytest.approx(100 * 2.718281828 ** token["logprob"], rel=0.06)
        assert card.number("prompt", index) == str(usage["prompt_tokens"])
        assert card.number("image", index) == str(usage["prompt_tokens_details"]["image_tokens"])
        assert card.number("generated", index) == str(usage["completion_tokens"])
        assert float(card.number("first", index)) > 0
        assert float(card.number("rate", index)) > 0
        assert 0 <= int(card.number("cached", index)) < usage["prompt_tokens"]
        expect(card.sets.nth(index).locator(".finish")).to_have_text(choice["finish_reason"])


def test_a_seed_is_drawn_shown_and_kept(card: Bench) -> None:
    values = {"temperature": 2, "top_k": 0, "top_p": 1, "min_tokens": 3}
    for name, value in values.items():
        card.set(name, str(value))
    card.run()
    first, seed = card.answer(), card.number("seed")
    assert first == asked(card, **values, seed=int(seed))["choices"][0]["message"]["content"]
    card.visit.button("keep").click()
    expect(control(card, "seed")).to_have_value(seed)
    card.run()
    assert (card.answer(), card.number("seed")) == (first, seed)


def test_greedy_answers_have_no_seed(card: Bench) -> None:
    card.set("temperature", "0")
    card.run()
    expect(card.page.locator('[data-number="seed"]')).to_have_count(0)


def test_alternatives_are_told_by_pointer_and_by_keyboard(card: Bench) -> None:
    card.set("temperature", "0")
    card.run()
    tokens = asked(card, temperature=0)["choices"][0]["logprobs"]["content"]
    card.tokens().nth(2).hover()
    expect(card.card()).to_contain_text(f"log-probability {tokens[2]['logprob']:.4f}"[:-2])
    expect(card.card().locator("td:first-child")).to_have_text(
        [other["token"].replace(" ", "␣").replace("\n", "\\n") for other in tokens[2]["top_logprobs"]]
    )
    expect(card.card().locator(".is-chosen")).to_have_count(1)
    card.card().hover()
    expect(card.card()).to_be_visible()
    card.page.mouse.move(2, 2)
    expect(card.card()).to_be_hidden()
    card.sets.nth(0).locator(".tokens").focus()
    expect(card.tokens().nth(0)).to_be_focused()
    card.page.keyboard.press("ArrowRight")
    expect(card.tokens().nth(1)).to_be_focused()
    expect(card.card()).to_contain_text(json.dumps(tokens[1]["token"])[1:-1].strip())
    described = card.tokens().nth(1).get_attribute("aria-describedby")
    assert described == card.card().get_attribute("id")
    card.page.keyboard.press("Escape")
    expect(card.card()).to_be_hidden()
    card.page.keyboard.press("End")
    expect(card.tokens().last).to_be_focused()
    card.page.keyboard.press("Tab")
    expect(card.card()).to_be_hidden()


def test_tokens_have_the_colour_of_their_probability(bench: Bench) -> None:
    found = bench.page.evaluate(
        """async () => {
            const { getBand, formatPercent } = await import("/web/playground/probability.js");
            const shares = [1, 0.9, 0.89, 0.3, 0.1, 0.09999, 1e-9];
            return shares.map(Math.log).map((logprob) => [getBand(logprob), formatPercent(logprob)]);
        }"""
    )
    assert found == [
        ["band-4", "100.0%"],
        ["band-4", "90.0%"],
        ["band-3", "89.0%"],
        ["band-2", "30.0%"],
        ["band-1", "10.0%"],
        ["band-0", "10.0%"],
        ["band-0", "1.0e-7%"],
    ]


def test_a_character_in_pieces_is_shown_whole(bench: Bench) -> None:
    shown = bench.page.evaluate(
        """async () => {
            const { Tokens } = await import("/web/playground/tokens.js");
            const { Words } = await import("/web/frame/words.js");
            const { PLAYGROUND } = await import("/web/playground/strings.js");
            const tokens = new Tokens(new Words(PLAYGROUND));
            const token = (...bytes) => ({ token: "\\ufffd", logprob: -1, bytes, top_logprobs: [] });
            tokens.add([token(0xe4, 0xbb)]);
            tokens.add([token(0xb7), token(0x0a)]);
            return tokens.list.textContent;
        }"""
    )
    assert shown == "价\n"


def test_the_prompt_and_its_views_are_the_apis(card: Bench) -> None:
    card.set("max_slice_nums", "4")
    card.set("temperature", "0")
    card.run()
    prompt = post(f"{card.visit.address}/playground/prompt", {**TOLD, "temperature": 0, "max_slice_nums": 4})
    (picture,) = prompt["pictures"]
    assert len(picture["views"]) > 2
    card.page.locator(".prompt summary").click()
    texts = [segment["text"] for segment in prompt["segments"] if segment["kind"] != "image"]
    shown = card.page.locator(".segment-text")
    expect(shown).to_have_count(len(texts))
    assert shown.all_text_contents() == texts
    chips = card.page.locator(".chip")
    slices = len(picture["views"]) - 1
    overview, *rest = [view["num_tokens"] for view in picture["views"]]
    told = [f"{count} image tokens, picture 1, slice {i + 1} of {slices}" for i, count in enumerate(rest)]
    expect(chips).to_have_text([f"{overview} image tokens, picture 1, overview", *told])
    frame = card.page.locator(".views").bounding_box()
    assert frame is not None
    scale = frame["width"] / picture["width"]
    for box, view in zip(card.page.locator(".view").all(), picture["views"], strict=True):
        place = box.bounding_box()
        left, top, right, bottom = view["box"]
        assert place is not None
        assert place["x"] - frame["x"] == pytest.approx(left * scale, abs=1.5)
        assert place["y"] - frame["y"] == pytest.approx(top * scale, abs=1.5)
        assert place["width"] == pytest.approx((right - left) * scale, abs=1.5)
        assert place["height"] == pytest.approx((bottom - top) * scale, abs=1.5)
    chips.nth(2).press("Enter")
    expect(card.page.locator(".view.is-marked")).to_have_attribute(
        "data-box", " ".join(map(_js, picture["views"][2]["box"]))
    )
    chips.nth(2).press("Enter")
    expect(card.page.locator(".view.is-marked")).to_have_count(0)


def _js(number: float) -> str:
    """As JavaScript writes it."""
    return str(int(number)) if number == int(number) else repr(number)


def test_token_ids_are_shown_when_wanted(card: Bench) -> None:
    card.visit.button("Show the prompt").click()
    ids = card.page.locator(".ids").first
    expect(ids).to_be_hidden()
    card.page.get_by_label("Show token ids").check()
    expect(ids).to_be_visible()
    prompt = post(f"{card.visit.address}/playground/prompt", TOLD)
    expect(ids).to_have_text(" ".join(map(str, prompt["segments"][0]["ids"])))
    expect(card.page.locator(".token")).to_have_count(5)  # the legend's: nothing was answered


def test_every_parameter_has_a_control_with_its_default(bench: Bench) -> None:
    specs = get(f"{bench.visit.address}/playground/parameters")["parameters"]
    rows = bench.page.locator(".parameter")
    names = rows.evaluate_all("(rows) => rows.map((row) => row.dataset.name)")
    assert sorted(names) == sorted(spec["name"] for spec in specs)
    for spec in specs:
        if spec["type"] in ("integer", "number") and spec["name"] != "top_logprobs":
            field = control(bench, spec["name"])
            default = spec["default"]
            expect(field).to_have_value("" if default is None else _js(default))
            assert spec["meaning"]["en"] in (control(bench, f"{spec['name']}-meaning").text_content() or "")


def test_what_was_changed_is_marked_and_goes_back(bench: Bench) -> None:
    bench.set("temperature", "0.2")
    row = bench.page.locator('[data-name="temperature"]')
    expect(row).to_have_class("parameter is-changed")
    expect(bench.page.locator('[data-group="sampling"] .mark')).to_have_text("temperature 0.2")
    bench.visit.button("Reset temperature").click()
    expect(row).to_have_class("parameter")
    expect(control(bench, "temperature")).to_have_value("0.7")
    bench.set("stop", "a\\nb\nc")
    bench.visit.button("Reset all to defaults").click()
    expect(control(bench, "stop")).to_have_value("")


def test_stop_sequences_biases_and_answers_are_sent_as_they_are_meant(card: Bench) -> None:
    sent: list[Request] = []
    card.page.on("request", lambda request: sent.append(request))
    card.set("temperature", "0")
    card.set("stop", "blue\n\\n!\n")
    card.set("logit_bias", '{"5": -100}')
    card.set("use_image_id", "false")
    card.run()
    bodies: list[Any] = [request.post_data_json for request in sent if request.url.endswith("completions")]
    (body,) = bodies
    assert body | {"messages": []} == {
        "model": "demo",
        "messages": [],
        "stream": True,
        "stream_options": {"include_usage": True},
        "logprobs": True,
        "top_logprobs": 5,
        "temperature": 0,
        "stop": ["blue", "\n!"],
        "logit_bias": {"5": -100},
        "use_image_id": False,
    }
    assert body["messages"] == MESSAGES
    control(card, "logit_bias").fill("{")
    card.sets.nth(0).locator(".run").click()
    expect(card.problem()).to_have_text("The value of logit_bias is not valid.")
    assert sum(request.url.endswith("completions") for request in sent) == 1


def test_several_answers_and_beams(card: Bench) -> None:
    card.set("n", "3")
    card.run()
    expect(card.page.locator(".choice")).to_have_count(3)
    expect(card.page.locator(".choice .tokens")).to_have_count(3)
    card.set("n", "1")
    card.set("num_beams", "2")
    card.run()
    expected = post(
        f"{card.visit.address}/v1/chat/completions", {"model": "demo", "messages": MESSAGES, "num_beams": 2}
    )
    assert card.answer() == expected["choices"][0]["message"]["content"]
    expect(card.page.locator(".tokens")).to_have_count(0)


def test_at_most_four_sets_which_can_be_duplicated_and_removed(bench: Bench) -> None:
    bench.set("temperature", "0.3")
    for _ in range(3):
        bench.visit.button("Add a set").click()
    expect(bench.visit.button("Add a set")).to_be_disabled()
    bench.page.set_viewport_size({"width": 1366, "height": 768})  # a laptop's
    assert bench.page.evaluate("() => window.sets.scrollWidth <= window.sets.clientWidth")
    expect(bench.sets.nth(3).locator('[id$="-temperature"]')).to_have_value("0.3")
    tops = [bench.sets.nth(index).bounding_box() for index in range(4)]
    assert len({box["y"] for box in tops if box}) == 1
    bench.visit.button("Remove this set").nth(1).click()
    expect(bench.page.locator(".set h2")).to_have_text(["Set A", "Set B", "Set C"])
    bench.set("temperature", "1", index=2)
    bench.visit.button("Duplicate this set").nth(2).click()
    expect(bench.sets.nth(3).locator('[id$="-temperature"]')).to_have_value("1")
    bench.page.set_viewport_size({"width": 1280, "height": 720})


def test_an_answer_is_told_to_be_of_another_input(card: Bench) -> None:
    card.run()
    stale = card.page.locator(".stale")
    expect(stale).to_be_hidden()
    card.write("And this?", part=2)
    expect(stale).to_be_visible()
    card.run()
    expect(stale).to_be_hidden()
    card.set("temperature", "0.1")
    expect(stale).to_be_visible()


def test_an_answer_is_stopped_and_keeps_what_came(serve: Serve, open_page: Open) -> None:
    bench = Bench(open_page(serve(delay_s=0.2), path="/playground"))
    bench.write("a slow question " * 20)
    bench.visit.button("Add a set").click()
    bench.visit.button("Run all").click()
    expect(bench.sets.nth(0).locator(".choice-text")).to_contain_text("0/1")
    bench.sets.nth(0).locator(".run").click()
    bench.expect_end(0)
    expect(bench.sets.nth(0).locator(".answer-notes")).to_have_text("Stopped")
    expect(bench.sets.nth(1).locator(".outcome")).to_have_attribute("aria-busy", "true")
    bench.visit.button("Stop all").click()
    bench.expect_end(1)
    expect(bench.visit.button("Stop all")).to_be_disabled()


def test_a_stream_that_breaks_is_told(card: Bench) -> None:
    def broken(route: Route) -> None:
        route.fulfill(body='data: {"choices": []}\n\n', headers={"Content-Type": "text/event-stream"})

    card.page.route("**/v1/chat/completions", broken, times=1)
    card.run()
    expect(card.problem()).to_have_text("The connection was lost, so the answer is incomplete.")
