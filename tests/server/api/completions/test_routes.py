"""`/v1/completions` as its clients see it."""

import json
import re
from typing import Any

import openai
import pytest
from litestar.testing import TestClient

from model.chat import ChatModel
from server.api.completions import batch

TEXT = "Hello 你好"
GREEDY = {"temperature": 0, "max_tokens": 4}


def complete(client: TestClient[Any], prompt: Any = TEXT, **given: Any) -> Any:
    response = client.post("/v1/completions", json={"prompt": prompt, **GREEDY, **given})
    assert response.status_code == 200, response.text
    return response.json()


def stream(client: TestClient[Any], prompt: Any = TEXT, **given: Any) -> list[dict[str, Any]]:
    """Return the chunks of a stream without the `[DONE]` that ends it."""
    response = client.post("/v1/completions", json={"prompt": prompt, "stream": True, **GREEDY, **given})
    assert response.status_code == 200, response.text
    *events, last, rest = response.text.split("\n\n")
    assert (last, rest) == ("data: [DONE]", "")
    return [json.loads(event.removeprefix("data: ")) for event in events]


def refuse(client: TestClient[Any], prompt: Any = TEXT, status: int = 400, **given: Any) -> str:
    """Return the name of the field, and the cause."""
    response = client.post("/v1/completions", json={"prompt": prompt, **GREEDY, **given})
    assert response.status_code == status, response.text
    error = response.json()["error"]
    assert set(error) == {"message", "type", "param", "code"}
    return f"{error['param']}: {error['message']}"


def texts(answer: Any) -> list[str]:
    return [choice["text"] for choice in answer["choices"]]


def test_a_plain_completion(served: TestClient[Any], chat_model: ChatModel) -> None:
    answer = complete(served)
    assert answer["object"] == "text_completion"
    assert answer["id"].startswith("cmpl-")
    assert answer["model"] == "checkpoint"
    (choice,) = answer["choices"]
    assert len(choice["text"]) > 3
    assert {**choice, "text": ""} == {"index": 0, "text": "", "logprobs": None, "finish_reason": "length"}
    num_prompt = len(chat_model.builder.tokenizer.encode(TEXT))
    usage = answer["usage"]
    assert (usage["prompt_tokens"], usage["completion_tokens"]) == (num_prompt, 4)
    assert usage["total_tokens"] == num_prompt + 4


def test_the_ids_of_a_dialogue_are_answered_as_the_dialogue_is(served: TestClient[Any]) -> None:
    asked = {"model": "checkpoint", "messages": [{"role": "user", "content": TEXT}], **GREEDY}
    answer = served.post("/v1/chat/completions", json=asked).json()["choices"][0]["message"]["content"]
    ids = served.post("/tokenize", json=asked).json()["tokens"]
    text = served.post("/detokenize", json={"tokens": ids}).json()["prompt"]
    assert texts(complete(served, [ids, ids])) == [answer] * 2
    assert texts(complete(served, text)) == [answer]


def test_ids_reach_the_model_as_they_are(served: TestClient[Any], chat_model: ChatModel) -> None:
    ids = [*chat_model.builder.tokenizer.encode("a"), *chat_model.builder.tokenizer.encode("b"), 1201, 7]
    answer = complete(served, ids, echo=True, logprobs=0, max_tokens=0, return_tokens_as_token_ids=True)
    assert answer["choices"][0]["logprobs"]["tokens"] == [f"token_id:{token_id}" for token_id in ids]
    assert answer["choices"][0]["text"].startswith("ab<|im_start|>")
    tokenized = chat_model.builder.tokenizer.encode(TEXT)
    assert texts(complete(served, tokenized)) == texts(complete(served))


def test_prompts_are_answered_in_order(served: TestClient[Any]) -> None:
    prompts = ["a", "zebra", "17"]
    alone = [texts(complete(served, prompt))[0] for prompt in prompts]
    assert texts(complete(served, prompts)) == alone
    answer = complete(served, prompts, n=2)
    assert [choice["index"] for choice in answer["choices"]] == [0, 1, 2, 3, 4, 5]
    assert texts(answer) == [text for text in alone for _ in range(2)]
    assert answer["usage"]["completion_tokens"] == 24
    ids = [[72, 73], [74]]
    assert texts(complete(served, ids)) == [texts(complete(served, prompt))[0] for prompt in ids]


def test_a_prompt_is_echoed_with_the_log_probabilities_of_its_tokens(served: TestClient[Any]) -> None:
    answer = complete(served, echo=True, logprobs=2)
    plain = complete(served, logprobs=2)
    (choice,), (without,) = answer["choices"], plain["choices"]
    assert choice["text"] == TEXT + without["text"]
    lists = choice["logprobs"]
    count = answer["usage"]["prompt_tokens"] + answer["usage"]["completion_tokens"]
    assert {len(values) for values in lists.values()} == {count}
    assert (lists["token_logprobs"][0], lists["top_logprobs"][0]) == (None, None)
    for place, token in enumerate(lists["tokens"][1:], start=1):
        top = lists["top_logprobs"][place]
        assert top[token] == lists["token_logprobs"][place] <= 0
        assert len(top) in (2, 3)
    assert lists["text_offset"][:3] == [0, 3, 5]
    assert lists["tokens"][-4:] == without["logprobs"]["tokens"]
    assert lists["token_logprobs"][-4:] == pytest.approx(without["logprobs"]["token_logprobs"], abs=1e-4)


def test_a_log_likelihood_is_the_same_however_it_is_asked(served: TestClient[Any]) -> None:
    """Continuations are scored by clients that send both parts as ids, and take what follows the first."""
    prompt, asked = [72, 311, 262, 359], {"echo": True, "logprobs": 1, "seed": 1}
    one = complete(served, prompt, **asked | {"max_tokens": 1})
    none = complete(served, prompt, **asked | {"max_tokens": 0})
    scores = none["choices"][0]["logprobs"]["token_logprobs"]
    assert scores[1:] == pytest.approx(one["choices"][0]["logprobs"]["token_logprobs"][1:-1], abs=1e-4)
    assert none["usage"]["completion_tokens"] == 0
    assert (none["choices"][0]["finish_reason"], len(scores)) == ("length", 4)
    pair = complete(served, [prompt, [*prompt[:2], 5]], n=2, **asked | {"max_tokens": 0, "temperature": 1})
    assert [len(choice["logprobs"]["tokens"]) for choice in pair["choices"]] == [4, 4, 3, 3]
    assert pair["choices"][1]["logprobs"]["token_logprobs"][1:] == pytest.approx(scores[1:], abs=1e-4)
    assert texts(complete(served, echo=True, max_tokens=0)) == [TEXT]


def test_an_end_token_has_its_log_probability(served: TestClient[Any], chat_model: ChatModel) -> None:
    """Scoring clients leave the last token out, whatever it is."""
    end = chat_model.builder.tokenizer.end_ids[0]
    answer = complete(served, [72, 311], max_tokens=3, logprobs=0, logit_bias={end: 100})
    (choice,) = answer["choices"]
    assert (choice["text"], choice["finish_reason"]) == ("", "stop")
    assert choice["logprobs"]["tokens"] == ["<|im_end|>"]


def test_streams_add_up_to_the_whole_answers(served: TestClient[Any]) -> None:
    for given in ({}, {"echo": True, "logprobs": 1}, {"n": 2}, {"max_tokens": 0, "echo": True, "logprobs": 0}):
        prompts = [TEXT, "zebra"]
        whole = complete(served, prompts, **given)
        chunks = stream(served, prompts, **given)
        for choice in whole["choices"]:
            parts = [part for chunk in chunks for part in chunk["choices"] if part["index"] == choice["index"]]
            assert "".join(part["text"] for part in parts) == choice["text"]
            assert [part["finish_reason"] for part in parts][-1] == choice["finish_reason"]
            if choice["logprobs"]:
                for name in ("tokens", "text_offset"):
                    joined = [value for part in parts for value in part["logprobs"][name]]
                    assert joined == choice["logprobs"][name]
        assert all("usage" not in chunk for chunk in chunks)


def test_usage_in_streams(served: TestClient[Any]) -> None:
    *chunks, last = stream(served, stream_options={"include_usage": True})
    assert {chunk["usage"] for chunk in chunks} == {None}
    assert (last["choices"], last["usage"]["completion_tokens"]) == ([], 4)
    chunks = stream(served, stream_options={"include_usage": False, "continuous_usage_stats": True})
    counts = [chunk["usage"]["completion_tokens"] for chunk in chunks]
    assert counts == sorted(counts)
    assert counts[-1] == 4


def test_values_that_ask_for_nothing(served: TestClient[Any]) -> None:
    wanted = texts(complete(served))
    for given in (
        {"suffix": ""},
        {"suffix": None, "best_of": None, "logprobs": None, "echo": None, "stop": None, "user": None, "n": None},
        {"stop": ["", ""], "logprobs": False, "best_of": 1, "top_k": -1, "add_special_tokens": True},
        {"top_p": 0},
        {"response_format": {"type": "text"}, "use_beam_search": False, "logit_bias": {}, "length_penalty": 1.0},
    ):
        assert texts(complete(served, **given)) == wanted, given
    response = served.post("/v1/completions", json={"prompt": TEXT, **GREEDY, "request_id": "7"})
    assert response.headers["x-ignored"] == "request_id"


def test_the_number_of_tokens(served: TestClient[Any]) -> None:
    ends = {"logit_bias": {1202: -100, 1200: -100}, "min_tokens": 3}
    cases: list[tuple[Any, int, bool]] = [(None, 16, False), (-1, 20, False), (3, 3, False), (500, 20, True)]
    for max_tokens, wanted, is_cut in cases:
        response = served.post("/v1/completions", json={"prompt": "a", **ends, "max_tokens": max_tokens})
        assert response.json()["usage"]["completion_tokens"] == wanted
        assert ("x-ignored" in response.headers) == is_cut
    endless = complete(served, "a", ignore_eos=True, max_tokens=7, logit_bias={"1202": 100})
    assert (endless["usage"]["completion_tokens"], endless["choices"][0]["finish_reason"]) == (7, "length")
    strict = served.post("/v1/completions", json={"prompt": "a", "max_tokens": 500}, headers={"X-Strict": "on"})
    assert strict.json()["error"]["param"] == "max_tokens"


def test_a_stop_string_ends_an_answer(served: TestClient[Any]) -> None:
    (text,) = texts(complete(served))
    (choice,) = complete(served, stop=text[3:5])["choices"]
    assert (choice["text"], choice["finish_reason"]) == (text[: text.index(text[3:5])], "stop")


def test_what_is_refused(served: TestClient[Any]) -> None:
    cases: list[tuple[str, dict[str, Any]]] = [
        ("suffix: ", {"suffix": "the end"}),
        ("best_of: .*must be n", {"best_of": 3, "n": 2}),
        ("max_tokens: .*needs echo", {"max_tokens": 0}),
        ("max_tokens", {"max_tokens": "many"}),
        ("mirostat: ", {"mirostat": 2}),
        ("min_tokens: ", {"min_tokens": 5, "max_tokens": 4}),
        ("logprobs", {"logprobs": 21}),
        ("prompt_logprobs: ", {"prompt_logprobs": 1}),
        ("use_beam_search: ", {"use_beam_search": True}),
        ("response_format: ", {"response_format": {"type": "json_object"}}),
        ("prompt: .*must not be empty", {"prompt": ""}),
        ("prompt: .*must not be empty", {"prompt": ["a", ""]}),
        ("prompt: .*must not be empty", {"prompt": [[1], []]}),
        ("prompt: .*a list of one of these", {"prompt": []}),
        ("prompt: .*a list of one of these", {"prompt": ["a", 1]}),
        ("prompt: .*a list of one of these", {"prompt": [[1], 1]}),
        ("prompt: .*token ids go from 0 to 1217", {"prompt": [1, 1218]}),
        ("prompt: .*token ids go from 0 to 1217", {"prompt": [[1], [-1]]}),
        ("prompt", {"prompt": None}),
        ("logit_bias: .*token ids", {"logit_bias": {"5000": 1}}),
        ("prompt: .*9 prompts, the limit is 8", {"prompt": ["a"] * 9}),
    ]
    for wanted, given in cases:
        found = refuse(served, **{"prompt": TEXT, **given})
        assert re.match(wanted, found), found
    assert refuse(served, model="other", status=404).startswith("model: ")
    assert "30000" in refuse(served, [5] * 30_000, status=413)


def test_the_bounds_of_a_batch(served: TestClient[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batch, "MAX_ANSWERS", 5)
    monkeypatch.setattr(batch, "MAX_PROMPT_LOGPROBS", 23)
    assert refuse(served, ["a", "b"], n=3, temperature=1).endswith("it asks for 6 answers, the limit is 5")
    given = {"echo": True, "logprobs": 2, "max_tokens": 0}
    assert refuse(served, [[1] * 4, [2] * 4], **given).endswith("the prompts have 24 of them, the limit is 23")
    assert len(complete(served, [[1] * 4, [2] * 3], **given)["choices"]) == 2


@pytest.fixture
def gpt(served: TestClient[Any]) -> openai.OpenAI:
    http_client: Any = served
    return openai.OpenAI(base_url="http://testserver.local/v1", api_key="none", max_retries=0, http_client=http_client)


def test_the_openai_package(gpt: openai.OpenAI) -> None:
    given: Any = {"model": "checkpoint", "temperature": 0, "max_tokens": 3}
    completion = gpt.completions.create(prompt=["a", "b"], echo=True, logprobs=1, **given)
    assert [choice.index for choice in completion.choices] == [0, 1]
    assert completion.choices[0].text[0] == "a"
    logprobs = completion.choices[0].logprobs
    assert logprobs is not None
    assert logprobs.tokens is not None
    assert logprobs.token_logprobs is not None
    assert len(logprobs.tokens) == len(logprobs.token_logprobs) == 4
    assert completion.usage is not None
    assert completion.usage.completion_tokens == 6
    parts = gpt.completions.create(prompt="a", stream=True, stream_options={"include_usage": True}, **given)
    chunks = list(parts)
    assert "a" + "".join(chunk.choices[0].text for chunk in chunks if chunk.choices) == completion.choices[0].text
    assert chunks[-1].usage is not None
    with pytest.raises(openai.BadRequestError, match="suffix"):
        gpt.completions.create(prompt="a", suffix="b", **given)
