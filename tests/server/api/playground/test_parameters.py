"""`/playground/parameters` says what the server really does with each parameter."""

from collections.abc import Iterator
from typing import Any

import pytest
from litestar.testing import TestClient

from model.chat import ChatModel
from server.api.openai.request import ChatRequest
from server.engine.async_engine import AsyncEngine
from server.settings.settings import Settings
from tests.helpers.apps import stored_app
from tests.helpers.fakes import FakeChatModel

NO_PARAMETERS = {
    *("model", "messages", "stream", "stream_options", "tools", "tool_choice", "parallel_tool_calls"),
    *("continue_final_message", "add_generation_prompt", "ignore_eos"),
    *("user", "safety_identifier", "prompt_cache_key", "metadata"),
    *("max_completion_tokens", "repeat_penalty", "best_of", "use_beam_search"),
}
"""Fields that set no parameter of the page: the question, the form of the answer, labels, and second names."""

TAKEN = {("top_p", 0), ("top_k", -1), ("max_tokens", 51), ("temperature", 3)}
"""Values out of range that are taken: they ask for nothing, or for the most that there is."""

GOOD = {"response_format": {"type": "json_object"}, "logit_bias": {"65": 1}, "stop": ["x"], "use_image_id": False}


@pytest.fixture(scope="module")
def served(chat_model: ChatModel) -> Iterator[TestClient[Any]]:
    app = stored_app(Settings(max_new_tokens=50), AsyncEngine(chat_model, {"max_new_tokens": 50}))
    with TestClient(app) as client:
        yield client


@pytest.fixture(scope="module")
def parameters(served: TestClient[Any]) -> dict[str, Any]:
    return {each["name"]: each for each in served.get("/playground/parameters").json()["parameters"]}


def prompt_status(client: TestClient[Any], **given: Any) -> Any:
    """Return the status of `/playground/prompt`, which checks everything and generates nothing."""
    messages = [{"role": "user", "content": "hi"}]
    return client.post("/playground/prompt", json={"model": "minicpm-v", "messages": messages, **given}).status_code


def test_every_field_of_the_body_has_an_entry(parameters: dict[str, Any]) -> None:
    assert set(parameters) | NO_PARAMETERS == set(ChatRequest.__struct_fields__)
    assert not set(parameters) & NO_PARAMETERS


def test_each_parameter_is_explained_in_two_languages(parameters: dict[str, Any]) -> None:
    for each in parameters.values():
        assert each["meaning"]["en"].isascii()
        assert not each["meaning"]["zh"].isascii()
        assert each["group"] in {"sampling", "length", "penalties", "beams", "pictures", "output"}


def test_the_defaults_are_those_in_force(parameters: dict[str, Any]) -> None:
    assert {name: each["default"] for name, each in parameters.items()} == {
        "temperature": 0.7,
        "top_p": 0.8,
        "top_k": 100,
        "min_p": 0,
        "seed": None,
        "max_tokens": 50,
        "min_tokens": 0,
        "stop": [],
        "repetition_penalty": 1.05,
        "presence_penalty": 0,
        "frequency_penalty": 0,
        "logit_bias": {},
        "num_beams": 1,
        "max_slice_nums": 9,
        "use_image_id": True,
        "n": 1,
        "logprobs": False,
        "top_logprobs": None,
        "response_format": None,
    }
    with_beams = {name: each["default_with_beams"] for name, each in parameters.items() if "default_with_beams" in each}
    assert with_beams == {"repetition_penalty": 1.2}


def test_each_default_may_be_sent(served: TestClient[Any], parameters: dict[str, Any]) -> None:
    assert prompt_status(served, **{name: each["default"] for name, each in parameters.items()}) == 200


def test_sending_a_default_changes_nothing() -> None:
    fake = FakeChatModel()
    with TestClient(stored_app(Settings(), AsyncEngine(fake, {"max_new_tokens": 99}))) as client:
        parameters = client.get("/playground/parameters").json()["parameters"]
        given = {each["name"]: each["default"] for each in parameters if each["name"] not in ("seed", "logprobs")}
        assert prompt_status(client) == 200
        default = fake.prepare([{"role": "user", "content": "hi"}], **fake.options).params
        assert prompt_status(client, **given) == 200
        assert fake.prepare([{"role": "user", "content": "hi"}], **fake.options).params == default


def test_types_and_ranges_are_those_of_the_body(parameters: dict[str, Any]) -> None:
    assert {name: each["type"] for name, each in parameters.items() if each["type"] not in ("integer", "number")} == {
        "stop": "string_list",
        "logit_bias": "object",
        "use_image_id": "boolean",
        "logprobs": "boolean",
        "response_format": "object",
    }
    assert (
        parameters["top_p"]["minimum"],
        parameters["top_p"]["exclusive_minimum"],
        parameters["top_p"]["maximum"],
    ) == (0, True, 1)
    assert (parameters["seed"]["minimum"], parameters["seed"]["maximum"]) == (None, None)
    assert (parameters["logit_bias"]["minimum"], parameters["logit_bias"]["maximum"]) == (-100, 100)
    assert parameters["max_tokens"]["maximum"] == 50


def test_values_out_of_range_are_refused(served: TestClient[Any], parameters: dict[str, Any]) -> None:
    checked = 0
    for name, each in parameters.items():
        if each["type"] not in ("integer", "number"):
            continue
        needed = {"logprobs": True} if name == "top_logprobs" else {}
        for bound, step in ((each["minimum"], -1), (each["maximum"], 1)):
            if bound is not None:
                is_in = step > 0 or not each.get("exclusive_minimum", False) or (name, bound) in TAKEN
                assert (prompt_status(served, **{name: bound}, **needed) == 200) is is_in, (name, bound)
                is_taken = (name, bound + step) in TAKEN
                assert (prompt_status(served, **{name: bound + step}, **needed) == 200) is is_taken, (
                    name,
                    bound + step,
                )
                checked += 1
    assert checked > 20


def test_only_marks_what_is_refused_in_beam_search(served: TestClient[Any], parameters: dict[str, Any]) -> None:
    for name, each in parameters.items():
        if name in ("num_beams", "response_format"):
            continue
        value = GOOD.get(name, 2 if each["type"] == "integer" else each["type"] == "boolean" or 0.5)
        needed = {"logprobs": True} if name == "top_logprobs" else {}
        assert prompt_status(served, **{name: value}, **needed) == 200, name
        refused = prompt_status(served, num_beams=2, **{name: value}, **needed) == 400
        assert refused is (each.get("only") == "sampling"), name
