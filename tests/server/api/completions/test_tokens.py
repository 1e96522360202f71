"""`/tokenize`, `/detokenize`, `/tokenizer_info` and `/version`."""

from importlib.metadata import version
from typing import Any

import pytest
from litestar.testing import TestClient

from model.chat import ChatModel
from tests.helpers.pictures import png_url

TEXT = "<|im_start|>user\nHello 你好"


def post(client: TestClient[Any], path: str, status: int = 200, **body: Any) -> Any:
    response = client.post(path, json=body)
    assert response.status_code == status, response.text
    return response.json()


def test_the_tokens_of_a_text(served: TestClient[Any], chat_model: ChatModel) -> None:
    wanted = chat_model.builder.tokenizer.encode_with_controls(TEXT)
    for given in (
        {"prompt": TEXT},
        {"content": TEXT},
        {"prompt": TEXT, "add_special_tokens": False, "model": "checkpoint"},
    ):
        found = post(served, "/tokenize", **given)
        assert found == {"count": len(wanted), "max_model_len": 32768, "tokens": wanted, "token_strs": None}
    names = post(served, "/tokenize", prompt=TEXT, return_token_strs=True)["token_strs"]
    assert names[:3] == ["<|im_start|>", "us", "er"]
    assert (len(names), names[-1]) == (len(wanted), "bytes:\\xbd")
    assert post(served, "/tokenize", prompt="")["tokens"] == []


def test_tokens_become_the_text_again(served: TestClient[Any], chat_model: ChatModel) -> None:
    ids = chat_model.builder.tokenizer.encode_with_controls(TEXT)
    assert post(served, "/detokenize", tokens=ids) == {"prompt": TEXT}
    assert post(served, "/detokenize", tokens=[]) == {"prompt": ""}


def test_the_prompt_of_a_dialogue(served: TestClient[Any], chat_model: ChatModel) -> None:
    picture = {"type": "image_url", "image_url": {"url": png_url()}}
    messages = [{"role": "user", "content": [picture, {"type": "text", "text": "hi"}]}]
    tools = [{"type": "function", "function": {"name": "look"}}]
    found = post(served, "/tokenize", messages=messages, tools=tools)
    text = post(served, "/detokenize", tokens=found["tokens"])["prompt"]
    assert text.count("<unk>") == 64
    assert '"name": "look"' in text
    assert text.endswith("hi<|im_end|>\n<|im_start|>assistant\n")
    assert found["count"] == len(found["tokens"])
    plain = [{"role": "user", "content": "hi"}]
    assert post(served, "/tokenize", messages=plain)["tokens"] == list(chat_model.prepare(plain).prompt.input_ids)


def test_what_is_refused(served: TestClient[Any]) -> None:
    message = {"role": "user", "content": "hi"}
    cases: list[tuple[str, dict[str, Any]]] = [
        ("/tokenize", {}),
        ("/tokenize", {"prompt": "a", "content": "b"}),
        ("/tokenize", {"prompt": "a", "messages": [message]}),
        ("/tokenize", {"prompt": 1}),
        ("/detokenize", {}),
        ("/detokenize", {"tokens": [99999]}),
        ("/detokenize", {"tokens": "a"}),
    ]
    for path, given in cases:
        error = post(served, path, 400, **given)["error"]
        assert error["param"] in ("prompt", "tokens"), error
    for path, given in (("/tokenize", {"prompt": "a"}), ("/detokenize", {"tokens": []})):
        assert post(served, path, 404, **given, model="other")["error"]["code"] == "model_not_found"
    too_long = post(served, "/tokenize", 413, prompt="word " * 40_000)["error"]
    assert too_long["code"] == "context_length_exceeded"


@pytest.mark.parametrize(
    ("path", "wanted"),
    [
        ("/version", {"version": version("minicpm-v-server")}),
        ("/tokenizer_info", {"bos_token": None, "eos_token": "<|im_end|>"}),
    ],
)
def test_what_clients_read_first(served: TestClient[Any], path: str, wanted: dict[str, Any]) -> None:
    assert served.get(path).json() == wanted
    error = served.post(path).json()["error"]
    assert set(error) == {"message", "type", "param", "code"}
