"""OpenAI's dialect: requests, answers and streams as its clients see them."""

import json
from typing import Any

import pytest
from litestar.testing import TestClient

from server.api.openai.request import ChatRequest
from server.engine.async_engine import AsyncEngine
from server.errors import QueueFull
from tests.helpers.fakes import FakeChatModel
from tests.helpers.pictures import png_base64, png_url

COLOUR = {"type": "object", "properties": {"colour": {"enum": ["red", "blue"]}}, "required": ["colour"]}
BUY = {"type": "function", "function": {"name": "buy", "parameters": COLOUR}}
LOOK = {"type": "function", "function": {"name": "look", "description": "Looks."}}
CALL = '<tool_call>\n{"name": "buy", "arguments": {"colour": "red"}}\n</tool_call>'


def user(content: Any) -> dict[str, Any]:
    return {"role": "user", "content": content}


def image(url: str = png_url(), **given: Any) -> dict[str, Any]:
    return {"type": "image_url", "image_url": {"url": url}, **given}


def text(words: str) -> dict[str, Any]:
    return {"type": "text", "text": words}


def body(content: Any = "hello", **given: Any) -> dict[str, Any]:
    return {"model": "minicpm-v", "messages": [user(content)], **given}


def post(client: TestClient[Any], content: Any = "hello", **given: Any) -> Any:
    response = client.post("/v1/chat/completions", json=body(content, **given))
    assert response.status_code == 200, response.text
    return response.json()


def stream(client: TestClient[Any], content: Any = "hello", **given: Any) -> list[dict[str, Any]]:
    """Return the chunks of a stream without the `[DONE]` that ends it."""
    response = client.post("/v1/chat/completions", json=body(content, stream=True, **given))
    assert response.status_code == 200, response.text
    assert response.headers["content-type"].startswith("text/event-stream")
    *events, last, rest = response.text.split("\n\n")
    assert (last, rest) == ("data: [DONE]", "")
    return [json.loads(event.removeprefix("data: ")) for event in events]


def expect_error(client: TestClient[Any], status: int = 400, **given: Any) -> dict[str, Any]:
    response = client.post("/v1/chat/completions", json={**body(), **given})
    assert response.status_code == status, response.text
    error: dict[str, Any] = response.json()["error"]
    assert set(error) == {"message", "type", "param", "code"}
    return error


def test_a_plain_answer(client: TestClient[Any]) -> None:
    answer = post(client)
    assert answer["object"] == "chat.completion"
    assert answer["model"] == "minicpm-v"
    assert answer["choices"] == [
        {
            "index": 0,
            "message": {"role": "assistant", "content": "0/1: hello", "refusal": None},
            "logprobs": None,
            "finish_reason": "stop",
        }
    ]
    assert {name: value for name, value in answer["usage"].items() if name != "timings"} == {
        "prompt_tokens": 10,
        "completion_tokens": 11,
        "total_tokens": 21,
        "prompt_tokens_details": {"cached_tokens": 0, "image_tokens": 0},
    }


def test_text_and_pictures_in_the_order_given(client: TestClient[Any], fake: FakeChatModel) -> None:
    answer = post(client, [text("a"), image(), text("b"), image(max_slice_nums=2), text("c")])
    assert answer["choices"][0]["message"]["content"] == "2/1: c"
    parts = fake.calls[0][0]["content"]
    assert [part if isinstance(part, str) else part.max_slice_nums for part in parts] == ["a", None, "b", 2, "c"]


def test_detail_low_is_one_view(client: TestClient[Any], fake: FakeChatModel) -> None:
    details = [{"url": png_url(), "detail": detail} for detail in ("low", "high", "auto")]
    post(client, [*({"type": "image_url", "image_url": given} for given in details), text("a")])
    assert [part.max_slice_nums for part in fake.calls[0][0]["content"][:3]] == [1, None, None]


def test_a_stream(client: TestClient[Any]) -> None:
    chunks = stream(client)
    assert {chunk["object"] for chunk in chunks} == {"chat.completion.chunk"}
    assert len({chunk["id"] for chunk in chunks}) == 1
    choices = [chunk["choices"][0] for chunk in chunks]
    assert choices[0]["delta"] == {"role": "assistant", "content": ""}
    assert "".join(choice["delta"].get("content", "") for choice in choices) == "0/1: hello"
    assert [choice["finish_reason"] for choice in choices if choice["finish_reason"]] == ["stop"]
    assert not any("usage" in chunk for chunk in chunks)


def test_a_stream_with_its_usage(client: TestClient[Any]) -> None:
    *chunks, last = stream(client, stream_options={"include_usage": True})
    assert {chunk["usage"] for chunk in chunks} == {None}
    assert last["choices"] == []
    assert last["usage"]["total_tokens"] == 21


def check_timings(usage: dict[str, Any], num_decoded: int) -> None:
    """Check that the timings of an answer fit together."""
    timings = usage["timings"]
    assert set(timings) == {"queue_s", "time_to_first_token_s", "decode_s", "tokens_per_second"}
    assert 0 <= timings["queue_s"] <= timings["time_to_first_token_s"]
    assert timings["tokens_per_second"] == pytest.approx(num_decoded / timings["decode_s"])


def test_the_timings_of_an_answer(client: TestClient[Any]) -> None:
    check_timings(post(client)["usage"], num_decoded=10)
    check_timings(post(client, n=3)["usage"], num_decoded=30)
    check_timings(stream(client, stream_options={"include_usage": True})[-1]["usage"], num_decoded=10)


def test_a_single_token_has_no_throughput(client: TestClient[Any]) -> None:
    timings = post(client, max_tokens=1)["usage"]["timings"]
    assert (timings["decode_s"], timings["tokens_per_second"]) == (0, None)


def test_an_answer_from_the_cache_has_no_timings(client: TestClient[Any]) -> None:
    for is_cached in (False, True):
        given = {**body(temperature=0)}
        answer = client.post("/v1/chat/completions", json=given, headers={"X-Stages": "cache=on"})
        assert answer.headers["X-Cache"] == ("hit" if is_cached else "miss")
        assert (set(answer.json()["usage"]["timings"].values()) == {None}) is is_cached


def test_several_answers(client: TestClient[Any]) -> None:
    answer = post(client, n=3)
    assert [choice["index"] for choice in answer["choices"]] == [0, 1, 2]
    assert {choice["message"]["content"] for choice in answer["choices"]} == {"0/1: hello"}
    assert answer["usage"]["completion_tokens"] == 33
    choices = [chunk["choices"][0] for chunk in stream(client, n=2)]
    for index in range(2):
        own = [choice["delta"].get("content", "") for choice in choices if choice["index"] == index]
        assert "".join(own) == "0/1: hello"


def test_the_parameters_arrive_under_the_models_names(client: TestClient[Any], fake: FakeChatModel) -> None:
    given = {
        "temperature": 0.5,
        "top_p": 0.9,
        "seed": 3,
        "presence_penalty": 0.1,
        "frequency_penalty": 0.2,
        "top_k": 7,
        "min_p": 0.05,
        "repetition_penalty": 1.1,
        "max_slice_nums": 4,
        "use_image_id": False,
        "n": 1,
    }
    post(client, **given, max_tokens=50, min_tokens=2, stop="END", logit_bias={"65": -5})
    renamed = {"max_new_tokens": 50, "min_new_tokens": 2, "stop": ["END"], "logit_bias": {65: -5.0}}
    assert fake.options == {**given, **renamed}


def test_parameters_that_are_not_set_keep_the_models_defaults(client: TestClient[Any], fake: FakeChatModel) -> None:
    post(client, temperature=None, seed=None, stop=None)
    assert fake.options == {"max_new_tokens": 200}


def test_max_completion_tokens_takes_precedence(client: TestClient[Any]) -> None:
    answer = post(client, max_completion_tokens=3, max_tokens=5)
    assert answer["choices"][0]["finish_reason"] == "length"
    assert answer["choices"][0]["message"]["content"] == "0/1"


def test_temperature_0_is_greedy_whatever_else_is_sent(client: TestClient[Any], fake: FakeChatModel) -> None:
    post(client, temperature=0, seed=42, top_p=1, top_k=5, num_beams=1)
    assert fake.options == {"max_new_tokens": 200, "temperature": 0}


def test_beams(client: TestClient[Any], fake: FakeChatModel) -> None:
    error = expect_error(client, num_beams=3, temperature=0.5)
    assert error["message"] == "the field temperature cannot be used: it has no effect with num_beams=3"
    assert error["param"] == "temperature"
    assert "num_beams" in fake.options


def test_stop_strings_end_an_answer(client: TestClient[Any]) -> None:
    assert post(client, "one two three", stop=["two", "x"])["choices"][0]["message"]["content"] == "0/1: one "


def test_logprobs(client: TestClient[Any]) -> None:
    logprobs = post(client, "é", logprobs=True, top_logprobs=1)["choices"][0]["logprobs"]
    assert [item["token"] for item in logprobs["content"]] == ["0", "/", "1", ":", " ", "\ufffd", "\ufffd"]
    assert b"".join(bytes(item["bytes"]) for item in logprobs["content"]).decode() == "0/1: é"
    assert logprobs["content"][0] == {
        "token": "0",
        "logprob": -0.5,
        "bytes": [48],
        "top_logprobs": [{"token": "0", "logprob": -0.5, "bytes": [48]}],
    }
    chunks = stream(client, "é", logprobs=True)
    streamed = [item for c in chunks if (part := c["choices"][0]["logprobs"]) for item in part["content"]]
    assert [item["bytes"] for item in streamed] == [list(bytes([byte])) for byte in "0/1: é".encode()]


def test_system_messages_within_a_dialogue(client: TestClient[Any], fake: FakeChatModel) -> None:
    messages = [
        {"role": "developer", "content": "a"},
        user("b"),
        {"role": "assistant", "content": "c", "refusal": None, "annotations": [], "tool_calls": None},
        {"role": "system", "content": [text("d"), text("e")]},
        {"role": "assistant", "content": None},
        user([text("f")]),
    ]
    response = client.post("/v1/chat/completions", json={"model": "fake", "messages": messages})
    assert response.json()["choices"][0]["message"]["content"] == "0/2: f"
    assert [(msg["role"], msg["content"]) for msg in fake.calls[0]] == [
        ("system", ["a"]),
        ("user", ["b"]),
        ("assistant", ["c"]),
        ("system", ["d", "e"]),
        ("assistant", [""]),
        ("user", ["f"]),
    ]


def test_json_that_follows_a_schema(client: TestClient[Any]) -> None:
    wanted = {"type": "json_schema", "json_schema": {"name": "shirt", "strict": True, "schema": COLOUR}}
    answer = post(client, response_format=wanted)["choices"][0]
    assert json.loads(answer["message"]["content"])["colour"] in ("red", "blue")
    assert answer["finish_reason"] == "stop"
    choices = [chunk["choices"][0] for chunk in stream(client, response_format=wanted)]
    streamed = "".join(choice["delta"].get("content", "") for choice in choices)
    assert json.loads(streamed)["colour"] in ("red", "blue")


def test_any_json_object(client: TestClient[Any]) -> None:
    answer = post(client, response_format={"type": "json_object"})
    assert isinstance(json.loads(answer["choices"][0]["message"]["content"]), dict)
    assert post(client, response_format={"type": "text"})["choices"][0]["message"]["content"] == "0/1: hello"


def test_tools_are_described_in_the_system_prompt(client: TestClient[Any], fake: FakeChatModel) -> None:
    post(client, tools=[BUY, LOOK])
    system = fake.calls[0][0]
    assert system["role"] == "system"
    (words,) = system["content"]
    assert '"name": "buy"' in words
    assert '"description": "Looks."' in words
    post(client, tools=[BUY], tool_choice="none")
    assert [msg["role"] for msg in fake.calls[1]] == ["user"]


def test_tool_calls_are_parsed_out_of_the_text(client: TestClient[Any]) -> None:
    choice = post(client, f"sure\n{CALL}\n{CALL}", tools=[BUY])["choices"][0]
    assert choice["finish_reason"] == "tool_calls"
    assert choice["message"]["content"] == "0/1: sure"
    first, second = choice["message"]["tool_calls"]
    assert first["id"] != second["id"]
    assert first["type"] == "function"
    assert first["function"] == {"name": "buy", "arguments": '{"colour": "red"}'}


def test_calls_are_text_where_no_tool_may_be_called(client: TestClient[Any]) -> None:
    for given in ({}, {"tools": [BUY], "tool_choice": "none"}, {"tools": [LOOK]}):
        choice = post(client, CALL, **given)["choices"][0]
        assert choice["message"]["content"] == f"0/1: {CALL}"
        assert choice["finish_reason"] == "stop"


def test_calls_are_streamed_as_deltas(client: TestClient[Any]) -> None:
    choices = [chunk["choices"][0] for chunk in stream(client, f"{CALL}\n{CALL}", tools=[BUY])]
    assert "".join(choice["delta"].get("content", "") for choice in choices) == "0/1:"
    deltas = [delta for choice in choices for delta in choice["delta"].get("tool_calls", [])]
    assert [delta["index"] for delta in deltas] == [0, 0, 1, 1]
    assert deltas[0]["function"] == {"name": "buy", "arguments": ""}
    assert deltas[0]["id"] != deltas[2]["id"]
    assert deltas[1] == {"index": 0, "function": {"arguments": '{"colour": "red"}'}}
    assert choices[-1]["finish_reason"] == "tool_calls"


@pytest.mark.parametrize("choice", ["required", {"type": "function", "function": {"name": "buy"}}])
def test_a_tool_call_can_be_required(client: TestClient[Any], choice: Any) -> None:
    answer = post(client, tools=[LOOK, BUY], tool_choice=choice)["choices"][0]
    (call,) = answer["message"]["tool_calls"]
    assert answer["message"]["content"] is None
    assert answer["finish_reason"] == "tool_calls"
    if choice != "required":
        assert call["function"]["name"] == "buy"
        assert json.loads(call["function"]["arguments"])["colour"] in ("red", "blue")


def test_one_call_at_most(client: TestClient[Any], fake: FakeChatModel) -> None:
    answer = post(client, CALL, tools=[BUY], parallel_tool_calls=False)["choices"][0]
    assert len(answer["message"].get("tool_calls", [])) <= 1
    assert fake.engine.is_idle


def test_a_strict_function_follows_its_schema(client: TestClient[Any]) -> None:
    strict = {"type": "function", "function": {**BUY["function"], "strict": True}}  # type: ignore[dict-item]
    choice = post(client, tools=[strict])["choices"][0]
    assert choice["finish_reason"] in ("stop", "tool_calls", "length")
    assert "<tool_call>" not in (choice["message"]["content"] or "")


def test_tool_results_reach_the_model_in_the_order_of_the_calls(client: TestClient[Any], fake: FakeChatModel) -> None:
    called = [{"id": name, "type": "function", "function": {"name": "buy", "arguments": "{}"}} for name in "abc"]
    results = [{"role": "tool", "tool_call_id": name, "content": f"gave {name}"} for name in "cab"]
    messages = [user("hi"), {"role": "assistant", "content": "", "tool_calls": called}, *results]
    response = client.post("/v1/chat/completions", json={"model": "fake", "messages": messages, "tools": [BUY]})
    assert response.status_code == 200
    said = [(msg["role"], msg["content"]) for msg in fake.calls[0][2:]]
    assert said[0] == ("assistant", ['<tool_call>\n{"name": "buy", "arguments": {}}\n</tool_call>'] * 3)
    assert said[1:] == [("tool", ["gave a"]), ("tool", ["gave b"]), ("tool", ["gave c"])]


def test_a_tool_result_without_a_call_is_refused(client: TestClient[Any]) -> None:
    messages = [user("hi"), {"role": "tool", "tool_call_id": "a", "content": "b"}]
    assert expect_error(client, messages=messages)["param"] == "messages[1].tool_call_id"


def test_what_cannot_be_done_is_refused_by_name(client: TestClient[Any]) -> None:
    other = {"type": "function", "function": {"name": "buy"}}
    cases: list[tuple[dict[str, Any], str]] = [
        ({"functions": [{}]}, "functions"),
        ({"modalities": ["audio"]}, "modalities"),
        ({"guided_json": {"type": "object"}}, "guided_json"),
        ({"best_of": 3}, "best_of"),
        ({"temperature": -1}, "temperature"),
        ({"temperature": "hot"}, "temperature"),
        ({"n": 17}, "n"),
        ({"top_logprobs": 3}, "top_logprobs"),
        ({"messages": []}, "messages"),
        ({"messages": [{"role": "user"}]}, "messages[0].content"),
        ({"messages": [{"role": "critic", "content": "a"}]}, "messages[0].role"),
        ({"messages": [user([{"type": "input_audio"}])]}, "messages[0].content[0].type"),
        ({"messages": [user([{"type": "video_url", "video_url": {"url": "x"}}])]}, "video"),
        ({"messages": [user([{"type": "file", "file": {"file_id": "x"}}])]}, "file_id"),
        ({"messages": [user([{"type": "input_file", "file_url": "https://a"}])]}, "file_url"),
        ({"messages": [user([{"type": "file", "file": {"filename": "a.pdf"}}])]}, "file_data"),
        ({"messages": [{"role": "system", "content": [image()]}]}, "messages[0].content[0].type"),
        ({"response_format": {"type": "grammar"}}, "response_format.type"),
        ({"response_format": {"type": "json_schema", "json_schema": {"schema": {"type": "x"}}}}, "response_format"),
        ({"tools": [{"type": "function", "function": {"name": "no spaces"}}]}, "tools[0].function.name"),
        ({"tools": [{"type": "web_search"}]}, "tools[0].type"),
        ({"tools": [LOOK, LOOK]}, "tools"),
        ({"tools": [{"function": {"name": "a", "parameters": {"type": "x"}}}], "tool_choice": "required"}, "tools"),
        ({"tool_choice": "required"}, "tool_choice"),
        ({"tools": [LOOK], "tool_choice": other}, "tool_choice"),
        ({"max_tokens": 0}, "max_tokens"),
        ({"max_completion_tokens": 0}, "max_completion_tokens"),
        ({"min_tokens": 201}, "min_tokens"),
        ({"min_tokens": 5, "max_completion_tokens": 4}, "min_tokens"),
        ({"min_tokens": -1}, "min_tokens"),
        ({"logit_bias": {"-1": 5}}, "logit_bias"),
        ({"logit_bias": {"266": 5}}, "logit_bias"),
        ({"logit_bias": {"1": 500}}, "logit_bias"),
        ({"continue_final_message": True}, "continue_final_message"),
    ]
    for given, param in cases:
        error = expect_error(client, **given)
        assert (error["param"] or "").startswith(param), error
        assert error["type"] == "invalid_request_error"
        words = error["message"].replace("json_schema", "")
        assert not any(word in words for word in ("$.", "`int", "`str", "_new_tokens", "Expected")), error


def test_the_text_of_an_error_names_what_was_sent(client: TestClient[Any]) -> None:
    cases: dict[str, dict[str, Any]] = {
        "min_tokens cannot be used: it is 5, which is over max_completion_tokens 4": {
            "min_tokens": 5,
            "max_completion_tokens": 4,
        },
        "max_completion_tokens cannot be used: it must be at least 1": {"max_completion_tokens": 0},
        "messages[0].content[0].type cannot be 'input_audio'": {"messages": [user([{"type": "input_audio"}])]},
    }
    for cause, given in cases.items():
        assert cause in expect_error(client, **given)["message"]


def test_more_tokens_than_the_limit_are_cut_and_told(client: TestClient[Any], fake: FakeChatModel) -> None:
    for name in ("max_tokens", "max_completion_tokens"):
        response = client.post("/v1/chat/completions", json=body(**{name: 4096}))
        assert (response.status_code, response.headers["x-ignored"]) == (200, name)
        assert fake.options["max_new_tokens"] == 200
        strict = client.post("/v1/chat/completions", json=body(**{name: 4096}), headers={"X-Strict": "on"})
        assert (strict.status_code, strict.json()["error"]["param"]) == (400, name)


def test_fields_without_effect_are_told(client: TestClient[Any]) -> None:
    usage = {"include_usage": True}
    cases: list[tuple[dict[str, Any], str | None]] = [
        ({"store": True}, "store"),
        ({"service_tier": "flex"}, "service_tier"),
        ({"reasoning_effort": "high"}, "reasoning_effort"),
        ({"chat_template_kwargs": {"enable_thinking": True}}, "chat_template_kwargs"),
        ({"prediction": {"type": "content", "content": "x"}, "verbosity": "low"}, "prediction, verbosity"),
        ({"skip_special_tokens": False, "think": True}, "skip_special_tokens, think"),
        ({"stream_options": usage}, "stream_options"),
        ({"stream": True, "stream_options": {**usage, "what": 1}}, "stream_options.what"),
        ({"stream": True, "stream_options": {**usage, "include_obfuscation": False}}, None),
        ({"messages": [{**user("a"), "name": "ann"}]}, "messages[].name"),
        ({"tools": [{**LOOK, "cache_control": {"type": "ephemeral"}}]}, "tools[].cache_control"),
        ({"tools": [{"function": {"name": "look", "examples": []}}]}, "tools[].function.examples"),
    ]
    for given, ignored in cases:
        response = client.post("/v1/chat/completions", json={**body(), **given})
        assert response.status_code == 200, response.text
        assert response.headers.get("x-ignored") == ignored


@pytest.mark.parametrize("given", [{"min_tokens": 3}, {"num_beams": 2}])
def test_options_that_would_break_a_constrained_answer_are_refused(
    client: TestClient[Any], given: dict[str, Any]
) -> None:
    error = expect_error(client, response_format={"type": "json_object"}, **given)
    assert "cannot be combined" in error["message"]


def test_values_that_ask_for_nothing_are_taken(client: TestClient[Any], fake: FakeChatModel) -> None:
    cases: list[dict[str, Any]] = [
        {"user": "ann", "metadata": {"a": "b"}, "safety_identifier": "x", "prompt_cache_key": "y"},
        {"store": False, "service_tier": "auto", "modalities": ["text"], "tool_choice": "auto", "tools": []},
        {"parallel_tool_calls": True, "tool_choice": "none", "logprobs": False, "top_logprobs": 0, "stream": False},
        {"top_p": 0, "top_k": -1, "max_tokens": -1, "stop": "", "n": 1.0, "best_of": 1, "functions": []},
        {"max_tokens": 100.0, "seed": 3.0, "top_k": 5.0, "logit_bias": {"3": 1}},
        {"temperature": 5, "presence_penalty": 0, "function_call": "none", "length_penalty": 1.0, "mirostat": 0},
        dict.fromkeys(ChatRequest.__struct_fields__[2:]),
    ]
    for given in cases:
        response = client.post("/v1/chat/completions", json={**body(), **given}, headers={"X-Strict": "on"})
        assert response.status_code == 200, response.text
        assert "x-ignored" not in response.headers
    post(client, top_p=0, top_k=-1, max_tokens=-1, stop=["", "a"])
    assert fake.options == {"max_new_tokens": 200, "top_k": 0, "stop": ["a"]}


def test_usage_in_every_chunk(client: TestClient[Any]) -> None:
    chunks = stream(client, stream_options={"continuous_usage_stats": True})
    counts = [chunk["usage"]["completion_tokens"] for chunk in chunks]
    assert (counts[0], counts[-1]) == (0, 11)
    assert counts == sorted(counts)
    assert all(chunk["choices"] for chunk in chunks)
    both = stream(client, stream_options={"continuous_usage_stats": True, "include_usage": True})
    assert both[-1]["choices"] == []
    assert both[-1]["usage"]["total_tokens"] == 21


def test_an_object_may_have_its_schema_beside_it(client: TestClient[Any]) -> None:
    answer = post(client, response_format={"type": "json_object", "schema": COLOUR})["choices"][0]
    assert json.loads(answer["message"]["content"])["colour"] in ("red", "blue")


def test_lone_surrogates_are_refused(client: TestClient[Any]) -> None:
    half = "HALF"
    cases: list[dict[str, Any]] = [
        {"messages": [user(half)]},
        {"model": half},
        {"stop": half},
        {half: 1},
        {"user": half},
        {"tools": [{"function": {"name": "a", "description": half}}]},
        {"response_format": {"type": "json_schema", "json_schema": {"schema": {"const": half}}}},
    ]
    for given in cases:
        for escape in (rb"\ud800", rb"\udc00", rb"\ud800 x", rb"\ud800\u0041"):
            content = json.dumps({**body(), **given}).encode().replace(b"HALF", escape)
            response = client.post("/v1/chat/completions", content=content)
            assert response.status_code == 400
            assert "surrogates" in response.json()["error"]["message"]


def test_models(client: TestClient[Any]) -> None:
    listed = client.get("/v1/models").json()
    assert listed["object"] == "list"
    assert [model["id"] for model in listed["data"]][:3] == ["fake", "minicpm-v", "minicpm-v:8b"]
    assert client.get("/v1/models/minicpm-v").json()["id"] == "minicpm-v"
    response = client.get("/v1/models/openbmb/Other")
    assert response.status_code == 404
    assert response.json()["error"]["code"] == "model_not_found"


def test_another_model_is_404(client: TestClient[Any]) -> None:
    error = expect_error(client, 404, model="gpt-4o")
    assert (error["code"], error["param"]) == ("model_not_found", "model")
    assert "gpt-4o" in error["message"]
    assert len(expect_error(client, 404, model="x" * 50_000)["message"]) < 200


def test_unknown_paths_and_methods_have_the_same_error_format(client: TestClient[Any]) -> None:
    for response, status in ((client.get("/v1/nothing"), 404), (client.get("/v1/chat/completions"), 405)):
        assert response.status_code == status
        assert response.json()["error"]["type"] == "invalid_request_error"


def test_bad_pictures_and_long_prompts(client: TestClient[Any]) -> None:
    assert "neither base64" in expect_error(client, messages=[user([image("data:image/png;base64,??")])])["message"]
    assert "known format" in expect_error(client, messages=[user([image("aGVsbG8=")])])["message"]
    assert "not among those" in expect_error(client, messages=[user([image("https://example.com/a.png")])])["message"]
    assert "10,100" in expect_error(client, 413, messages=[user([image(png_url((101, 100)))])])["message"]
    assert "4 pictures, the limit is 3" in expect_error(client, 413, messages=[user([image()] * 4)])["message"]
    assert expect_error(client, 413, messages=[user([text("a")] * 9)])["code"] == "context_length_exceeded"
    assert expect_error(client, 413, messages=[user("x" * 200_000)])["type"] == "invalid_request_error"


def test_bare_base64_is_a_picture_too(client: TestClient[Any]) -> None:
    assert post(client, [image(png_base64()), text("a")])["choices"][0]["message"]["content"] == "1/1: a"


def test_an_internal_error_before_and_within_a_stream(
    client: TestClient[Any], caplog: pytest.LogCaptureFixture
) -> None:
    error = expect_error(client, 500, messages=[user("fail")])
    assert error["type"] == "server_error"
    assert error["message"].removeprefix("internal error ") in caplog.text
    response = client.post("/v1/chat/completions", json=body("fail", stream=True))
    assert response.status_code == 200
    opening, last, rest = response.text.split("\n\n")
    assert json.loads(opening.removeprefix("data: "))["choices"][0]["finish_reason"] is None
    error = json.loads(last.removeprefix("data: "))["error"]
    assert (error["type"], rest) == ("server_error", "")
    assert "secret" not in response.text


def test_a_full_queue_is_429_before_the_first_byte(client: TestClient[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise QueueFull(8)

    monkeypatch.setattr(AsyncEngine, "check_room", full)
    for given in ({}, {"stream": True}):
        response = client.post("/v1/chat/completions", json=body(**given))
        assert response.status_code == 429
        assert response.headers["Retry-After"]
        assert response.json()["error"]["code"] == "rate_limit_exceeded"


def test_a_body_nested_too_deeply_is_refused(client: TestClient[Any]) -> None:
    for depth in (200, 900, 5000):
        schema = '{"items":' * depth + "{}" + "}" * depth
        wanted = {"type": "json_schema", "json_schema": {"schema": "HERE"}}
        content = json.dumps(body(response_format=wanted)).replace('"HERE"', schema)
        response = client.post("/v1/chat/completions", content=content)
        assert response.status_code == 400


def test_a_request_without_a_model_is_for_the_one_there_is(client: TestClient[Any]) -> None:
    own = client.get("/v1/models").json()["data"][0]["id"]
    assert post(client, model=None)["model"] == own
    assert client.post("/v1/chat/completions", json={"messages": [user("hello")]}).json()["model"] == own
