"""Ollama's dialect: requests, answers and streams as its clients see them."""

import json
from typing import Any

import pytest
from litestar.testing import TestClient

from tests.helpers.fakes import FakeChatModel
from tests.helpers.pictures import png_base64, png_url

COLOUR = {"type": "object", "properties": {"colour": {"enum": ["red", "blue"]}}, "required": ["colour"]}
BUY = {"type": "function", "function": {"name": "buy", "description": "Buys.", "parameters": COLOUR}}
CALL = '<tool_call>\n{"name": "buy", "arguments": {"colour": "red"}}\n</tool_call>'
DURATIONS = ("total_duration", "load_duration", "prompt_eval_duration", "eval_duration")


def user(content: str = "hello", **given: Any) -> dict[str, Any]:
    return {"role": "user", "content": content, **given}


def post(client: TestClient[Any], path: str, **given: Any) -> Any:
    """Return a whole answer."""
    response = client.post(path, json={"model": "minicpm-v", "stream": False, **given})
    assert response.status_code == 200, response.text
    return response.json()


def chat(client: TestClient[Any], *messages: dict[str, Any], **given: Any) -> Any:
    return post(client, "/api/chat", messages=list(messages) or [user()], **given)


def lines(client: TestClient[Any], path: str, **given: Any) -> list[dict[str, Any]]:
    """Return the lines of a stream, which is the default."""
    response = client.post(path, json={"model": "minicpm-v", **given})
    assert response.status_code == 200, response.text
    assert response.headers["content-type"].startswith("application/x-ndjson")
    return [json.loads(line) for line in response.text.splitlines()]


def expect_error(client: TestClient[Any], path: str, status: int = 400, **given: Any) -> str:
    response = client.post(path, json={"model": "minicpm-v", **given})
    assert response.status_code == status, response.text
    assert set(response.json()) == {"error"}
    error: str = response.json()["error"]
    return error


def test_a_whole_chat_answer(client: TestClient[Any]) -> None:
    answer = chat(client)
    assert answer["message"] == {"role": "assistant", "content": "0/1: hello"}
    assert (answer["model"], answer["done"], answer["done_reason"]) == ("minicpm-v", True, "stop")
    assert (answer["prompt_eval_count"], answer["eval_count"]) == (10, 11)
    assert all(isinstance(answer[name], int) and answer[name] >= 0 for name in DURATIONS)
    assert answer["total_duration"] >= answer["load_duration"] + answer["eval_duration"]
    assert answer["created_at"].endswith("Z")


def test_a_streamed_chat_answer(client: TestClient[Any]) -> None:
    *parts, last = lines(client, "/api/chat", messages=[user()])
    assert "".join(part["message"]["content"] for part in parts) == "0/1: hello"
    assert not any(part["done"] for part in parts)
    assert (last["done"], last["done_reason"], last["message"]["content"]) == (True, "stop", "")
    assert last["eval_count"] == 11


def test_a_generated_answer(client: TestClient[Any], fake: FakeChatModel) -> None:
    answer = post(client, "/api/generate", prompt="what", system="Be brief.", images=[png_base64(), png_url()])
    assert answer["response"] == "2/1: what"
    assert answer["done"]
    assert [msg["role"] for msg in fake.calls[0]] == ["system", "user"]
    assert fake.calls[0][0]["content"] == ["Be brief."]
    *parts, last = lines(client, "/api/generate", prompt="what")
    assert "".join(part["response"] for part in parts) == "0/1: what"
    assert last["response"] == ""
    assert last["done_reason"] == "stop"


def test_pictures_go_before_the_text_of_their_message(client: TestClient[Any], fake: FakeChatModel) -> None:
    answer = chat(client, user("a", images=[png_base64()]), {"role": "assistant"}, user("b"))
    assert answer["message"]["content"] == "1/2: b"
    assert fake.calls[0][0]["content"][1] == "a"
    assert fake.calls[0][1] == {"role": "assistant", "content": [""]}


def test_options_arrive_under_the_models_names(client: TestClient[Any], fake: FakeChatModel) -> None:
    same = {
        "temperature": 0.5,
        "top_p": 0.9,
        "top_k": 7,
        "min_p": 0.1,
        "seed": 3,
        "stop": ["END"],
        "presence_penalty": 0.1,
        "frequency_penalty": 0.2,
    }
    ours = {"num_predict": 50, "repeat_penalty": 1.1, "num_ctx": 4096}
    loading = {"num_thread": 4, "num_gpu": 1, "use_mmap": True, "num_batch": 512}
    chat(client, options={**same, **ours, **loading})
    assert fake.options == {**same, "max_new_tokens": 50, "repetition_penalty": 1.1, "max_inp_length": 4096}


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({}, {}),
        ({"num_predict": -1, "num_ctx": 10**6}, {"max_inp_length": 8192}),
        ({"num_predict": 10**6}, {"max_new_tokens": 200}),
        ({"temperature": 0, "seed": 1, "top_k": 5, "top_p": 0.5}, {"temperature": 0}),
    ],
)
def test_options_within_the_servers_limits(
    client: TestClient[Any], fake: FakeChatModel, options: dict[str, Any], expected: dict[str, Any]
) -> None:
    chat(client, options=options)
    assert fake.options == {"max_new_tokens": 200, **expected}


def test_a_truncated_answer_ends_with_length(client: TestClient[Any]) -> None:
    answer = chat(client, options={"num_predict": 3})
    assert (answer["message"]["content"], answer["done_reason"]) == ("0/1", "length")


@pytest.mark.parametrize("wanted", ["json", COLOUR])
def test_json_in_a_format(client: TestClient[Any], wanted: Any) -> None:
    value = json.loads(chat(client, format=wanted)["message"]["content"])
    assert isinstance(value, dict)
    assert wanted == "json" or value["colour"] in ("red", "blue")
    said = "".join(part["response"] for part in lines(client, "/api/generate", prompt="a", format=wanted))
    assert isinstance(json.loads(said), dict)
    assert chat(client, format="")["message"]["content"] == "0/1: hello"


def test_null_is_the_same_as_a_missing_field(client: TestClient[Any], fake: FakeChatModel) -> None:
    given = {"stream": None, "logprobs": None, "format": None, "options": None}
    called = {"role": "assistant", "content": None, "tool_calls": [{"function": {"name": "buy", "arguments": None}}]}
    result = {"role": "tool", "content": "done"}
    *_, last = lines(client, "/api/chat", messages=[user(), called, result], **given)
    assert last["done"]
    assert fake.calls[0][1]["content"] == [CALL.replace('{"colour": "red"}', "{}")]
    *_, last = lines(client, "/api/generate", prompt="a", system=None, images=None, **given)
    assert last["done"]
    assert [msg["role"] for msg in fake.calls[1]] == ["user"]
    for path, missing in (("/api/generate", {"prompt": None}), ("/api/chat", {"messages": None})):
        assert client.post(path, json={"model": "minicpm-v", **missing}).json()["done_reason"] == "load"
    assert client.post("/api/show", json={"model": "minicpm-v", "name": None}).status_code == 200


def test_calls_of_tools_have_objects_for_arguments(client: TestClient[Any], fake: FakeChatModel) -> None:
    answer = chat(client, user(f"sure\n{CALL}"), tools=[BUY])
    assert answer["message"]["tool_calls"] == [{"function": {"name": "buy", "arguments": {"colour": "red"}}}]
    assert answer["message"]["content"] == "0/1: sure"
    assert answer["done_reason"] == "stop"
    assert '"description": "Buys."' in fake.calls[0][0]["content"][0]
    *parts, last = lines(client, "/api/chat", messages=[user(f"sure\n{CALL}")], tools=[BUY])
    assert [len(part["message"]["tool_calls"]) for part in parts if "tool_calls" in part["message"]] == [1]
    assert "tool_calls" not in last["message"]


def test_the_result_of_a_tool_reaches_the_model(client: TestClient[Any], fake: FakeChatModel) -> None:
    called = [{"function": {"name": "buy", "arguments": {"colour": "红"}}}]
    result = {"role": "tool", "tool_name": "buy", "content": "done"}
    chat(client, user(), {"role": "assistant", "tool_calls": called}, result, tools=[])
    assert fake.calls[0][1]["content"] == [CALL.replace("red", "红")]
    assert fake.calls[0][2] == {"role": "tool", "content": ["done"]}


def test_logprobs(client: TestClient[Any]) -> None:
    entries = chat(client, logprobs=True, top_logprobs=1)["logprobs"]
    assert [item["token"] for item in entries] == list("0/1: hello")
    assert entries[0]["top_logprobs"][0]["logprob"] == -0.5
    parts = lines(client, "/api/generate", prompt="a", logprobs=True)
    assert [item["token"] for part in parts for item in part.get("logprobs", [])] == list("0/1: a")


@pytest.mark.parametrize(
    ("path", "given", "reason"),
    [
        ("/api/generate", {}, "load"),
        ("/api/generate", {"prompt": "", "keep_alive": 0}, "unload"),
        ("/api/chat", {"messages": [], "keep_alive": "5m"}, "load"),
        ("/api/chat", {"messages": [], "keep_alive": "0"}, "unload"),
    ],
)
def test_a_request_without_a_question_loads(
    client: TestClient[Any], path: str, given: dict[str, Any], reason: str
) -> None:
    response = client.post(path, json={"model": "minicpm-v", **given})
    assert (response.json()["done"], response.json()["done_reason"]) == (True, reason)


@pytest.mark.parametrize(
    ("path", "given", "cause"),
    [
        ("/api/generate", {"prompt": "a", "template": "{{ .Prompt }}"}, "template"),
        ("/api/generate", {"prompt": "a", "suffix": "b"}, "suffix"),
        ("/api/generate", {"prompt": "a", "raw": True, "system": "b"}, "system"),
        ("/api/generate", {"prompt": "a", "raw": True, "context": [1]}, "context"),
        ("/api/generate", {"prompt": "a", "context": [1]}, "context"),
        ("/api/chat", {"messages": [user()], "options": {"mirostat": 1}}, "options.mirostat"),
        ("/api/chat", {"messages": [user()], "options": {"tfs_z": 0.5}}, "options.tfs_z"),
        ("/api/chat", {"messages": [user()], "options": {"typical_p": 0.5}}, "options.typical_p"),
        ("/api/chat", {"messages": [user()], "options": {"temperature": -1}}, "options.temperature"),
        ("/api/chat", {"messages": [user()], "format": "xml"}, "format"),
        ("/api/chat", {"messages": [user()], "format": {"type": "x"}}, "x is no type of JSON"),
        ("/api/chat", {"messages": [user()], "top_logprobs": 1}, "top_logprobs"),
        ("/api/chat", {"messages": [user()], "tools": [BUY, BUY]}, "same name"),
        ("/api/chat", {"messages": [{"role": "control", "content": "a"}]}, "messages[0].role"),
        ("/api/chat", {"messages": [user(images=["??"])]}, "neither base64"),
        ("/api/chat", {"messages": [user(images=["http://127.0.0.1/a.png"])]}, "not among those"),
    ],
)
def test_unsupported_fields_are_refused_by_name(
    client: TestClient[Any], path: str, given: dict[str, Any], cause: str
) -> None:
    assert cause in expect_error(client, path, **given)


def test_values_that_ask_for_nothing_are_taken(client: TestClient[Any], fake: FakeChatModel) -> None:
    empty = {"suffix": "", "template": "", "raw": False, "context": [], "think": False, "keep_alive": -1, "system": ""}
    assert post(client, "/api/generate", prompt="a", options=None, format="", **empty)["response"] == "0/1: a"
    options = {"mirostat": 0, "tfs_z": 1, "typical_p": 1.0, "top_p": 0, "num_predict": 0, "num_ctx": 0, "stop": ""}
    options |= dict.fromkeys(("mirostat_tau", "num_keep", "repeat_last_n", "temperature", "seed", "num_gpu"))
    assert chat(client, options=options, tools=None, keep_alive={"a": 1})["message"]["content"] == "0/1: hello"
    assert fake.options == {"max_new_tokens": 200}


@pytest.mark.parametrize(
    ("given", "ignored"),
    [
        ({"options": {"num_keep": 4, "repeat_last_n": 64, "penalize_newline": True}}, 3),
        ({"options": {"mirostat_tau": 5, "mirostat_eta": 0.1}}, 2),
        ({"options": {"num_predict": 10**6}}, 1),
        ({"think": True}, 1),
        ({"think": "high"}, 1),
        ({"messages": [user(thinking="hm", name="Ann")]}, 2),
        ({"truncate": True, "shift": True}, 2),
        ({"options": {"num_thread": 4, "num_predict": -1}, "think": False, "keep_alive": "5m"}, 0),
    ],
)
def test_what_has_no_effect_is_told(client: TestClient[Any], given: dict[str, Any], ignored: int) -> None:
    body = {"model": "minicpm-v", "stream": False, "messages": [user()], **given}
    response = client.post("/api/chat", json=body)
    assert response.status_code == 200
    names = [name for name in response.headers.get("X-Ignored", "").split(", ") if name]
    assert len(names) == ignored
    assert client.post("/api/chat", json=body, headers={"X-Strict": "on"}).status_code == (400 if ignored else 200)


def test_messages_of_other_shapes(client: TestClient[Any], fake: FakeChatModel) -> None:
    picture = {"images": [png_base64()]}
    for messages in (
        [user("a"), {"role": "system", "content": "b"}, user("c")],
        [user("a"), user("b"), {"role": "assistant", "content": "c"}, {"role": "assistant", "content": "d"}, user("e")],
        [user("a"), {"role": "assistant", "content": "b", "tool_calls": [], **picture}, user("c")],
        [user("a"), {"role": "tool", "content": "b", "tool_name": "buy", **picture}],
        [{"role": "developer", "content": "a"}, user("b"), {"role": "function", "content": "c"}],
    ):
        chat(client, *messages)
        roles = {"developer": "system", "function": "tool"}
        assert [msg["role"] for msg in fake.calls[-1]] == [roles.get(each["role"], each["role"]) for each in messages]


def test_a_picture_of_the_system_stays_beside_tools(client: TestClient[Any], fake: FakeChatModel) -> None:
    answer = chat(client, {"role": "system", "content": "Be brief.", "images": [png_base64()]}, user(), tools=[BUY])
    assert answer["message"]["content"] == "1/1: hello"
    _, text = fake.calls[0][0]["content"]
    assert text.startswith("Be brief.")


def test_a_dialogue_goes_on_from_its_context(client: TestClient[Any], fake: FakeChatModel) -> None:
    first = post(client, "/api/generate", prompt="a <|im_end|> b", system="Be brief.", images=[png_base64()])
    *_, second = lines(client, "/api/generate", prompt="c", context=first["context"], system="Be brief.")
    post(client, "/api/generate", prompt="d", context=second["context"])
    assert [(msg["role"], *msg["content"]) for msg in fake.calls[-1]] == [
        ("system", "Be brief."),
        ("user", "a <|im_end|> b"),
        ("assistant", "1/1: a <|im_end|> b"),
        ("user", "c"),
        ("assistant", "0/2: c"),
        ("user", "d"),
    ]
    changed = post(client, "/api/generate", prompt="c", context=first["context"], system="Be long.")
    assert [msg["role"] for msg in fake.calls[-1]] == ["system", "user", "assistant", "system", "user"]
    assert changed["context"][: len(first["context"])] == first["context"]


def test_a_context_that_was_made_up_is_refused_in_words(client: TestClient[Any]) -> None:
    context = post(client, "/api/generate", prompt="a")["context"]
    for wrong in ([1, 2, 3], context[:-1], context[1:], [*context, 10**18], [-1, *context]):
        error = expect_error(client, "/api/generate", prompt="b", context=wrong)
        assert error == "the field context cannot be used: it is not the context of an answer of this model"
    long = expect_error(client, "/api/generate", 413, prompt="b", context=[0] * 9000)
    assert "9000 tokens, the limit is 8192" in long


@pytest.mark.parametrize("name", ["minicpm-v", "minicpm-v:latest", "minicpm-v:8b", "minicpm-v:8b-int4", "fake"])
def test_the_names_that_users_of_ollama_know(client: TestClient[Any], name: str) -> None:
    answer = client.post("/api/chat", json={"model": name, "messages": [user()], "stream": False})
    assert answer.json()["model"] == name


@pytest.mark.parametrize("path", ["/api/chat", "/api/generate", "/api/show"])
def test_another_name_is_404(client: TestClient[Any], path: str) -> None:
    assert "model 'llama3' not found" in expect_error(client, path, 404, model="llama3")


def test_unknown_paths_and_methods_have_the_same_error_format(client: TestClient[Any]) -> None:
    for response, status in ((client.post("/api/create"), 404), (client.get("/api/chat"), 405)):
        assert response.status_code == status
        assert set(response.json()) == {"error"}


def test_an_internal_error_before_and_within_a_stream(client: TestClient[Any]) -> None:
    error = expect_error(client, "/api/chat", 500, messages=[user("fail")], stream=False)
    assert error.startswith("internal error ")
    (line,) = lines(client, "/api/chat", messages=[user("fail")])
    assert line["error"].startswith("internal error ")
