"""The `anthropic` package against a real server process on the demo; docs/anthropic.md lists the calls."""

import base64
import re
from collections.abc import Iterator
from typing import Any

import anthropic
import pytest

from tests.helpers.paths import DOCS, SAMPLE_FOLDER
from tests.helpers.processes import run_server

PICTURE = base64.b64encode((SAMPLE_FOLDER / "blue-striped-shirt.png").read_bytes()).decode()
ANSWER = "This is a striped blue shirt for 299 yuan."
MODEL = "minicpm-v:8b"
ORDER: dict[str, Any] = {
    "type": "object",
    "properties": {"gift": {"type": "boolean"}, "count": {"type": "integer", "minimum": 0, "maximum": 99}},
    "required": ["gift", "count"],
}
TOOL: Any = {"name": "order", "description": "Orders the thing.", "input_schema": ORDER}
GREEDY: dict[str, Any] = {"model": MODEL, "max_tokens": 100, "extra_body": {"temperature": 0}}
"""Newer versions of the package have no `temperature` any more."""


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    flags = ("--data", str(tmp_path_factory.mktemp("data")), "--repetition-guard", "off")
    with run_server("--model", "demo", *flags) as (_, address, _):
        yield address


@pytest.fixture(scope="module")
def claude(address: str) -> Iterator[anthropic.Anthropic]:
    with anthropic.Anthropic(base_url=address, api_key="none", max_retries=0, timeout=60) as client:
        yield client


def messages_with(question: str = "What is this?") -> list[Any]:
    image = {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": PICTURE}}
    return [{"role": "user", "content": [image, {"type": "text", "text": question}]}]


def test_anthropic_message(claude: anthropic.Anthropic) -> None:
    message = claude.messages.create(messages=messages_with(), system="You are a helpful assistant.", **GREEDY)
    (block,) = message.content
    assert block.type == "text"
    assert block.text == ANSWER
    assert (message.stop_reason, message.stop_sequence, message.role) == ("end_turn", None, "assistant")
    assert message.usage.input_tokens > 0
    assert message.usage.output_tokens > 5


def test_anthropic_dialogue(claude: anthropic.Anthropic) -> None:
    first = claude.messages.create(messages=messages_with(), **GREEDY)
    messages = [*messages_with(), {"role": "assistant", "content": first.content}]
    second = claude.messages.create(messages=[*messages, {"role": "user", "content": "多少钱？"}], **GREEDY)
    assert second.content[0].type == "text"
    assert second.content[0].text == "售价299元。"


def test_anthropic_stream(claude: anthropic.Anthropic) -> None:
    with claude.messages.stream(messages=messages_with(), **GREEDY) as stream:
        texts = list(stream.text_stream)
        message = stream.get_final_message()
    assert "".join(texts) == ANSWER
    assert len(texts) > 5
    assert (message.stop_reason, message.usage.output_tokens > 5) == ("end_turn", True)
    events = claude.messages.create(messages=messages_with(), stream=True, **GREEDY)
    kinds = [event.type for event in events]
    assert (kinds[0], kinds[-2:]) == ("message_start", ["message_delta", "message_stop"])


def test_anthropic_stop_sequences(claude: anthropic.Anthropic) -> None:
    message = claude.messages.create(messages=messages_with(), stop_sequences=["dress", " shirt"], **GREEDY)
    assert (message.stop_reason, message.stop_sequence) == ("stop_sequence", " shirt")
    assert message.content[0].type == "text"
    assert message.content[0].text == "This is a striped blue"
    short = claude.messages.create(messages=messages_with(), **{**GREEDY, "max_tokens": 3})
    assert (short.stop_reason, short.usage.output_tokens) == ("max_tokens", 3)


@pytest.mark.parametrize(
    "choice", [{"type": "any", "disable_parallel_tool_use": True}, {"type": "tool", "name": "order"}]
)
def test_anthropic_tools(claude: anthropic.Anthropic, choice: Any) -> None:
    given: dict[str, Any] = {"tools": [TOOL], "model": MODEL, "max_tokens": 100}
    message = claude.messages.create(messages=messages_with(), tool_choice=choice, **given)
    (call,) = message.content
    assert call.type == "tool_use"
    assert (message.stop_reason, call.name, set(call.input)) == ("tool_use", "order", {"gift", "count"})
    image = messages_with()[0]["content"][0]
    result: Any = {"type": "tool_result", "tool_use_id": call.id, "content": [{"type": "text", "text": "done"}, image]}
    dialogue: list[Any] = [*messages_with(), {"role": "assistant", "content": message.content}]
    followed = claude.messages.create(messages=[*dialogue, {"role": "user", "content": [result]}], **given)
    assert followed.stop_reason in ("end_turn", "tool_use", "max_tokens")


def test_anthropic_streamed_tools(claude: anthropic.Anthropic) -> None:
    given: dict[str, Any] = {"tools": [TOOL], "model": MODEL, "max_tokens": 100}
    choice: Any = {"type": "any", "disable_parallel_tool_use": True}
    with claude.messages.stream(messages=messages_with(), tool_choice=choice, **given) as stream:
        (call,) = stream.get_final_message().content
    assert call.type == "tool_use"
    assert set(call.input) == {"gift", "count"}


def test_anthropic_tools_left_alone(claude: anthropic.Anthropic) -> None:
    choices: list[Any] = [{"type": "auto"}, {"type": "none"}]
    for choice in choices:
        message = claude.messages.create(messages=messages_with(), tools=[TOOL], tool_choice=choice, **GREEDY)
        assert message.content[0].type == "text"


def test_anthropic_tool_runner(claude: anthropic.Anthropic) -> None:
    """Newer versions of the package ask the server to keep the dialogue first; refused, they send it whole."""
    given: list[bool] = []

    @anthropic.beta_tool
    def order(gift: bool) -> str:
        """Orders the thing."""
        given.append(gift)
        return "Two shirts."

    options: Any = {"model": MODEL, "max_tokens": 100, "max_iterations": 2, "tool_choice": {"type": "any"}}
    for stream in (False, True):
        given.clear()
        runner = claude.beta.messages.tool_runner(messages=messages_with(), tools=[order], stream=stream, **options)
        assert len(list(runner)) == 2
        assert given, "the result of the first call is in the second request"


def test_anthropic_count_tokens(claude: anthropic.Anthropic) -> None:
    counted = claude.messages.count_tokens(model=MODEL, messages=messages_with()).input_tokens
    usage = claude.messages.create(messages=messages_with(), **GREEDY).usage
    assert counted == usage.input_tokens + (usage.cache_read_input_tokens or 0)
    with_tools = claude.messages.count_tokens(model=MODEL, messages=messages_with(), tools=[TOOL], system="Be brief.")
    assert with_tools.input_tokens > counted


def test_anthropic_ignored_fields(claude: anthropic.Anthropic) -> None:
    answer = claude.messages.with_raw_response.create(
        messages=messages_with(),
        thinking={"type": "enabled", "budget_tokens": 1024},
        metadata={"user_id": "ann"},
        service_tier="auto",
        **{**GREEDY, "max_tokens": 10**6},
    )
    assert sorted(answer.headers["X-Ignored"].split(", ")) == ["max_tokens", "thinking"]
    assert answer.parse().content


def test_anthropic_errors(claude: anthropic.Anthropic) -> None:
    with pytest.raises(anthropic.NotFoundError, match="not found"):
        claude.messages.create(messages=messages_with(), **{**GREEDY, "model": "claude-opus"})
    document: Any = {"type": "document", "source": {"type": "base64", "media_type": "application/pdf", "data": "AA=="}}
    with pytest.raises(anthropic.BadRequestError, match="the document cannot be read") as refused:
        claude.messages.create(messages=[{"role": "user", "content": [document]}], **GREEDY)
    assert isinstance(refused.value.body, dict)
    assert refused.value.body["error"]["type"] == "invalid_request_error"
    private: Any = {"type": "image", "source": {"type": "url", "url": "http://127.0.0.1/a.png"}}
    with pytest.raises(anthropic.BadRequestError, match="not among those"):
        claude.messages.create(messages=[{"role": "user", "content": [private]}], **GREEDY)
    with pytest.raises(anthropic.NotFoundError, match="batches are not answered here"):
        claude.messages.batches.list()


@pytest.mark.anyio
async def test_anthropic_async(address: str) -> None:
    client = anthropic.AsyncAnthropic(base_url=address, api_key="none", max_retries=0)
    async with client, client.messages.stream(messages=messages_with(), **GREEDY) as stream:
        assert await stream.get_final_text() == ANSWER


def test_the_document_lists_every_test_here() -> None:
    listed = re.findall(r"`(test_anthropic_\w+)` \|", (DOCS / "anthropic.md").read_text(encoding="utf-8"))
    assert sorted(listed) == sorted(name for name in globals() if name.startswith("test_anthropic_"))
