"""`/v1/responses`: requests, answers and streams as its clients see them."""

from pathlib import Path
from typing import Any

import pytest
from litestar.testing import TestClient
from openai.types.responses import Response, ResponseStreamEvent
from pydantic import TypeAdapter

from server.engine.async_engine import AsyncEngine
from server.keys.keyring import KeyRing
from server.settings.settings import Settings
from tests.helpers.apps import stored_app
from tests.helpers.fakes import FakeChatModel
from tests.helpers.keys import make_key, make_secret
from tests.server.api.openai.responses.wire import (
    BUY,
    CALL,
    COLOUR,
    LOOK,
    PATH,
    body,
    expect_error,
    image,
    post,
    stream,
    text_of,
    user,
)

EVENT: TypeAdapter[Any] = TypeAdapter(ResponseStreamEvent)
MODERATED = {"X-Stages": "moderation=on"}


def without_ids(response: dict[str, Any]) -> dict[str, Any]:
    """Return a response without what differs between two of the same request."""
    items = [{**item, "id": "", "call_id": ""} for item in response["output"]]
    return {**response, "id": "", "created_at": 0, "output": items, "usage": ""}


def test_a_whole_response_has_all_fields_of_openais_type(client: TestClient[Any]) -> None:
    answer = post(client)
    parsed = Response.model_validate(answer)
    assert (parsed.status, parsed.output_text, parsed.object) == ("completed", "0/1: hello", "response")
    assert set(answer) - set(Response.model_fields) == {"store"}
    assert answer["id"].startswith("resp_")
    assert len(bytes.fromhex(answer["id"][5:])) == 16
    assert parsed.usage is not None
    assert (parsed.usage.input_tokens, parsed.usage.output_tokens, parsed.usage.total_tokens) == (10, 11, 21)
    assert parsed.usage.output_tokens_details.reasoning_tokens == 0
    assert [parsed.temperature, parsed.top_p, parsed.tool_choice, parsed.truncation] == [0.7, 0.8, "auto", "disabled"]


def test_the_settings_of_a_request_are_repeated(client: TestClient[Any]) -> None:
    given: dict[str, Any] = {
        "instructions": "be short",
        "max_output_tokens": 50,
        "temperature": 0.5,
        "top_p": 0.5,
        "metadata": {"order": "7"},
        "user": "ann",
        "safety_identifier": "a",
        "prompt_cache_key": "k",
        "tools": [{**BUY, "strict": False}],
        "tool_choice": {"type": "allowed_tools", "mode": "auto", "tools": [{"type": "function", "name": "buy"}]},
        "parallel_tool_calls": False,
        "truncation": "auto",
        "store": False,
    }
    answer = post(client, **given)
    Response.model_validate(answer)
    assert {name: answer[name] for name in given if name != "tools"} == {n: v for n, v in given.items() if n != "tools"}
    assert answer["tools"] == [{**BUY, "strict": False, "description": None}]


def test_a_stream_tells_of_the_same_response(client: TestClient[Any]) -> None:
    cases: list[tuple[Any, dict[str, Any]]] = [
        ("hello", {}),
        (CALL, {"tools": [BUY, LOOK]}),
        ("x", {"text": {"format": {"type": "json_schema", "name": "a", "schema": COLOUR}}}),
        ("a long text", {"max_output_tokens": 3}),
        ([user("see", image())], {"include": ["message.output_text.logprobs"], "top_logprobs": 1}),
    ]
    for given, options in cases:
        events = stream(client, given, store=False, seed=1, **options)
        for event in events:
            EVENT.validate_python(event)
        names = [event["type"] for event in events]
        assert names[:2] == ["response.created", "response.in_progress"]
        ends = {"response.completed", "response.incomplete", "response.failed"}
        assert [name for name in names if name in ends] == names[-1:], "one end, at the end"
        last = events[-1]["response"]
        assert without_ids(last) == without_ids(post(client, given, store=False, seed=1, **options))
        done = [event["item"] for event in events if event["type"] == "response.output_item.done"]
        assert done == last["output"]


def test_a_call_of_a_function_and_its_result(client: TestClient[Any], fake: FakeChatModel) -> None:
    first = post(client, CALL, tools=[BUY])
    message, call = first["output"]
    assert message["content"][0]["text"] == "0/1:"
    assert (call["name"], call["arguments"], call["status"]) == ("buy", '{"colour": "red"}', "completed")
    assert (call["id"][:3], call["call_id"][:5]) == ("fc_", "call_")
    result = {"type": "function_call_output", "call_id": call["call_id"], "output": "bought"}
    followed = post(client, [result], previous_response_id=first["id"])
    assert text_of(followed) == "0/1: bought"
    sent = post(client, [user(CALL), *first["output"], result], store=False)
    assert text_of(sent) == "0/1: bought"
    assert fake.calls[-1] == fake.calls[-2], "both ways the model sees the same"
    assert [message["role"] for message in fake.calls[-1]] == ["user", "assistant", "tool"]
    assert fake.calls[-1][1]["content"] == ["0/1:", CALL]


def test_a_result_with_a_picture_is_seen(client: TestClient[Any]) -> None:
    call = {"type": "function_call", "call_id": "1", "name": "look", "arguments": "{}"}
    result = {"type": "function_call_output", "call_id": "1", "output": [image(), user("red")["content"][0]]}
    assert text_of(post(client, [user("look"), call, result])) == "1/1: red"


def test_which_tools_the_answer_may_and_must_call(client: TestClient[Any], fake: FakeChatModel) -> None:
    def names(choice: Any) -> set[str]:
        post(client, "hello", tools=[BUY, LOOK], tool_choice=choice, parallel_tool_calls=False)
        prompt = str(fake.calls[-1][0]["content"])
        return {name for name in ("buy", "look") if f'"name": "{name}"' in prompt}

    named = {"type": "allowed_tools", "mode": "auto", "tools": [{"type": "function", "name": "look"}]}
    assert [names(choice) for choice in ("none", "auto", named)] == [set(), {"buy", "look"}, {"look"}]
    assert names({**named, "mode": "required"}) == {"look"}
    assert names("required") == names({"type": "function", "name": "buy"}) == {"buy", "look"}
    forced = post(client, "hello", tools=[BUY, LOOK], tool_choice={"type": "function", "name": "buy"})
    assert [item["type"] for item in forced["output"]] == ["function_call"]


def test_pictures_and_instructions_reach_the_model_in_order(client: TestClient[Any], fake: FakeChatModel) -> None:
    items = [{"role": "developer", "content": "be kind"}, user(image(detail="low"), "one", image(), "two")]
    assert text_of(post(client, items, instructions="be short")) == "2/1: two"
    first, second, asked = fake.calls[-1]
    assert [first["content"], second["content"]] == [["be short"], ["be kind"]]
    assert [getattr(part, "max_slice_nums", part) for part in asked["content"]] == [1, "one", None, "two"]


def test_every_null_is_the_same_as_leaving_it_out(client: TestClient[Any]) -> None:
    names = [name for name in body().keys() | set(post(client)) if name not in ("model", "input", "output", "object")]
    extra = ["stream", "include", "text", "reasoning", "stream_options", "prompt", "conversation", "seed", "top_k"]
    response = client.post(PATH, json=body(**dict.fromkeys([*names, *extra])))
    assert text_of(response.json()) == "0/1: hello"
    assert "x-ignored" not in response.headers


def test_what_has_no_effect_is_told_or_refused_where_the_request_is_strict(client: TestClient[Any]) -> None:
    cases: list[tuple[str, Any]] = [
        ("reasoning", {"effort": "low"}),
        ("reasoning", {"summary": "auto"}),
        ("text", {"verbosity": "low"}),
        ("max_tool_calls", 3),
        ("service_tier", "flex"),
        ("top_logprobs", 3),
        ("stream_options", {"include_obfuscation": True}),
        ("include", ["reasoning.encrypted_content"]),
        ("max_output_tokens", 5000),
        ("prompt_cache_retention", "24h"),
        ("input", [{"type": "reasoning", "summary": []}, user("a")]),
    ]
    for name, value in cases:
        given = {**body(), name: value}
        response = client.post(PATH, json=given)
        assert (response.status_code, response.headers["x-ignored"].partition(".")[0].partition("[")[0]) == (200, name)
        strict = client.post(PATH, json=given, headers={"X-Strict": "on"})
        assert (strict.status_code, name in strict.json()["error"]["param"]) == (400, True), strict.text
    plain = {"reasoning": {"effort": "none"}, "text": {"verbosity": "medium"}, "service_tier": "auto", "include": []}
    assert "x-ignored" not in client.post(PATH, json=body(**plain), headers={"X-Strict": "on"}).headers


def test_what_is_not_supported_is_refused_by_name_and_in_words(client: TestClient[Any]) -> None:
    cases: list[tuple[str | None, str, dict[str, Any]]] = [
        ("background", "not in the background", {"background": True}),
        ("conversation", "conversations are not kept", {"conversation": "conv_1"}),
        ("prompt", "no prompt templates", {"prompt": {"id": "pmpt_1"}}),
        *(
            ("tools[0].type", f"{kind} is not offered here", {"tools": [{"type": kind}]})
            for kind in ("web_search", "file_search", "computer_use_preview", "code_interpreter", "mcp", "custom")
        ),
        ("tools[0].name", "needs a name", {"tools": [{"type": "function"}]}),
        ("tools", "the same name", {"tools": [BUY, BUY]}),
        ("tool_choice", "no such function", {"tools": [LOOK], "tool_choice": {"type": "function", "name": "buy"}}),
        ("tool_choice", "no tools to call", {"tool_choice": "required"}),
        ("tool_choice.type", "web_search is not offered", {"tools": [LOOK], "tool_choice": {"type": "web_search"}}),
        ("tool_choice.tools", "do not hold", {"tools": [LOOK], "tool_choice": {"type": "allowed_tools", "tools": []}}),
        ("stop", "would change the answer", {"stop": ["a"]}),
        ("messages", "would change the answer", {"messages": [user("a")]}),
        ("top_logprobs", "at most 20", {"top_logprobs": 21, "include": ["message.output_text.logprobs"]}),
        ("text.format", "", {"text": {"format": {"type": "json_schema", "name": "a", "schema": {"not": {}}}}}),
        (
            "input[0].call_id",
            "no function_call",
            {"input": [{"type": "function_call_output", "call_id": "1", "output": ""}]},
        ),
        ("input[0].id", "not kept", {"input": [{"type": "item_reference", "id": "msg_1"}]}),
        ("input", "at least one item", {"input": []}),
        ("input", "at least one item", {"input": None}),
        ("previous_response_id", "cannot be followed", {"previous_response_id": "resp_1"}),
        (None, "cannot be used", {"input": [user(image("data:image/png;base64,aGVsbG8="))]}),
        (None, "cannot be used", {"input": [user(image("sha256:" + "0" * 64))]}),
    ]
    for param, cause, given in cases:
        error = expect_error(client, **given)
        assert error["param"] == param, error
        assert cause in error["message"]
    assert expect_error(client, 404, model="gpt-4o")["code"] == "model_not_found"
    assert expect_error(client, previous_response_id="resp_" + "0" * 32)["code"] == "previous_response_not_found"


def test_log_probabilities_are_refused_by_the_field_that_asks_for_them(client: TestClient[Any]) -> None:
    given = body(include=["message.output_text.logprobs"])
    error = client.post(PATH, json=given, headers=MODERATED).json()["error"]
    assert error["param"] == "include"
    assert "moderation is on" in error["message"]


def test_a_dialogue_that_is_too_long_is_refused_or_truncated(client: TestClient[Any]) -> None:
    turns = [user(f"{number}") for number in range(12)]
    error = expect_error(client, input=turns)
    assert (error["code"], error["param"]) == ("context_length_exceeded", "input")
    assert text_of(post(client, turns, truncation="auto")).endswith(": 11")
    seen = [user(image(), f"{number}") for number in range(5)]
    assert expect_error(client, 413, input=seen[:4])["message"] == "the request has 4 pictures, the limit is 3"
    first = post(client, seen[:3])
    assert expect_error(client, 413, input=seen[3:4], previous_response_id=first["id"])
    followed = post(client, seen[3:4], previous_response_id=first["id"], truncation="auto")
    assert text_of(followed) == "3/3: 3"


def test_how_an_answer_ends(client: TestClient[Any]) -> None:
    cut = post(client, "a long text", max_output_tokens=3)
    assert (cut["status"], cut["incomplete_details"]) == ("incomplete", {"reason": "max_output_tokens"})
    assert cut["output"][0]["status"] == "incomplete"
    blocked = post(client, "say blorptastic", MODERATED)
    assert (blocked["status"], blocked["incomplete_details"]) == ("incomplete", {"reason": "content_filter"})
    assert text_of(blocked).startswith("Sorry, I cannot answer")
    events = stream(client, "say blorptastic", MODERATED)
    assert events[-1]["type"] == "response.incomplete"
    assert text_of(post(client, "and now?", previous_response_id=blocked["id"])) == "0/1: and now?"


def test_log_probabilities_come_with_the_text(client: TestClient[Any]) -> None:
    answer = post(client, "hi", include=["message.output_text.logprobs"], top_logprobs=1)
    logprobs = answer["output"][0]["content"][0]["logprobs"]
    assert "".join(one["token"] for one in logprobs) == "0/1: hi"
    assert {len(one["top_logprobs"]) for one in logprobs} == {1}
    assert post(client, "hi")["output"][0]["content"][0]["logprobs"] == []
    shown = client.get(f"{PATH}/{answer['id']}").json()
    assert shown == answer


def test_the_pipeline_applies(client: TestClient[Any], fake: FakeChatModel) -> None:
    headers = {"X-Profile": "ecommerce", "X-Trace": "on"}
    answer = post(client, "hello", headers, temperature=0)
    assert {note["stage"] for note in answer["trace"]} >= {"profile"}
    assert fake.calls[-1][0]["content"][0].startswith("You are a customer service agent")
    assert "trace" not in client.get(f"{PATH}/{answer['id']}").json()
    assert stream(client, "hello", headers)[-1]["response"]["trace"]
    hits = [client.post(PATH, json=body("x", seed=1), headers={"X-Stages": "cache=on"}) for _ in range(2)]
    assert [hit.headers["x-cache"] for hit in hits] == ["miss", "hit"]
    assert text_of(hits[1].json()) == text_of(hits[0].json())
    assert hits[0].json()["id"] != hits[1].json()["id"]


def test_a_stored_response_is_shown_listed_and_deleted(client: TestClient[Any]) -> None:
    answer = post(client, [user(image(), "one"), {"role": "assistant", "content": "two"}, user("three")])
    path = f"{PATH}/{answer['id']}"
    assert client.get(path).json() == answer
    items = client.get(f"{path}/input_items", params={"order": "asc"}).json()
    assert [item["role"] for item in items["data"]] == ["user", "assistant", "user"]
    assert items["data"][0]["content"][0] == {"type": "input_image", "image_url": None, "detail": "auto"}
    included = client.get(f"{path}/input_items", params={"include[]": "message.input_image.image_url"}).json()
    assert included["data"][-1]["content"][0]["image_url"] == image()["image_url"]
    page = client.get(f"{path}/input_items", params={"limit": 2}).json()
    assert page["has_more"]
    rest = client.get(f"{path}/input_items", params={"limit": 2, "after": page["last_id"]}).json()
    assert page["data"] + rest["data"] == included["data"][:2] + items["data"][:1]
    for bad in ({"limit": 0}, {"order": "up"}, {"after": "x"}):
        assert client.get(f"{path}/input_items", params=bad).status_code == 400
    assert client.get(path, params={"stream": "true"}).json()["error"]["param"] == "stream"
    assert "only responses in the background" in client.post(f"{path}/cancel").json()["error"]["message"]
    assert client.delete(path).json() == {"id": answer["id"], "object": "response", "deleted": True}
    for method, gone in (("GET", path), ("DELETE", path), ("GET", f"{path}/input_items"), ("POST", f"{path}/cancel")):
        response = client.request(method, gone)
        assert (response.status_code, response.json()["error"]["type"]) == (404, "invalid_request_error")


def test_nothing_is_stored_where_the_request_says_so(client: TestClient[Any]) -> None:
    answer = post(client, store=False)
    assert client.get(f"{PATH}/{answer['id']}").status_code == 404
    assert expect_error(client, previous_response_id=answer["id"])["code"] == "previous_response_not_found"


def test_a_response_is_its_owners_alone(tmp_path: Path) -> None:
    ring = KeyRing((make_key("ann"), make_key("bob")))
    app = stored_app(Settings(), AsyncEngine(FakeChatModel(), {}), tmp_path / "sessions.db", ring)
    with TestClient(app) as client:
        ann, bob = ({"Authorization": f"Bearer {make_secret(name)}"} for name in ("ann", "bob"))
        answer = post(client, "hello", ann)
        path, item = f"{PATH}/{answer['id']}", answer["output"][0]["id"]
        for method, theirs in (("GET", path), ("DELETE", path), ("GET", f"{path}/input_items")):
            assert client.request(method, theirs, headers=bob).status_code == 404
        for given in ({"previous_response_id": answer["id"]}, {"input": [{"id": item}, user("a")]}):
            assert client.post(PATH, json={**body("a"), **given}, headers=bob).status_code == 400
            assert client.post(PATH, json={**body("a"), **given}, headers=ann).status_code == 200
        assert client.delete("/sessions?all=true", headers=bob).status_code == 204
        assert client.get(path, headers=ann).status_code == 200
        assert client.delete("/sessions?all=true", headers=ann).status_code == 204
        assert client.get(path, headers=ann).status_code == 404
        assert client.post(PATH, json=body()).status_code == 401


@pytest.mark.parametrize("language", ["en", "zh"])
def test_errors_are_in_the_readers_language(client: TestClient[Any], language: str) -> None:
    headers = {"Accept-Language": language}
    message = client.post(PATH, json=body(background=True), headers=headers).json()["error"]["message"]
    assert ("后台" in message) == (language == "zh")
