"""The `openai` and `openai-agents` packages and the AI SDK on `/v1/responses`, with a model that repeats the question.

The AI SDK is tried where Node is installed, and `AI_SDK_FOLDER` names a folder with its packages:
`npm install --prefix FOLDER ai @ai-sdk/openai zod`.
"""

import json
import os
import shutil
import signal
import subprocess
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, Literal

import agents
import httpx
import openai
import pydantic
import pytest

from server.engine.async_engine import AsyncEngine
from server.settings.settings import Settings
from tests.helpers.apps import stored_app
from tests.helpers.fakes import FakeChatModel
from tests.helpers.loopback import serve_on_loopback
from tests.helpers.paths import ROOT
from tests.helpers.pictures import png_base64, png_url
from tests.helpers.processes import run_server

MODEL = "minicpm-v"
AI_SDK = os.environ.get("AI_SDK_FOLDER")


class Shade(pydantic.BaseModel):
    colour: Literal["red", "blue"]


def write_call(name: str, arguments: str = "{}") -> str:
    """Return a question that the model answers with this call."""
    return f'<tool_call>{{"name": "{name}", "arguments": {arguments}}}</tool_call>'


@agents.function_tool(strict_mode=False)
def price(item: str) -> str:
    """Look up a price."""
    return f"299 for {item}"


PRICE: Any = {"type": "function", "name": "price", "parameters": {"type": "object"}, "strict": False}
CALL = write_call("price", '{"item": "shirt"}')
PICTURE: list[Any] = [
    {"type": "input_image", "image_url": png_url(), "detail": "auto"},
    {"type": "input_text", "text": "look"},
]


@pytest.fixture(autouse=True, scope="module")
def nothing_leaves_the_machine() -> None:
    agents.set_tracing_disabled(True)


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with serve_on_loopback(stored_app(Settings(), AsyncEngine(FakeChatModel(), {}))) as (host, port):
        yield f"http://{host}:{port}"


@pytest.fixture(scope="module")
def gpt(address: str) -> Iterator[openai.OpenAI]:
    with openai.OpenAI(base_url=f"{address}/v1", api_key="none", max_retries=0, timeout=60) as client:
        yield client


def test_openai_whole_and_streamed(gpt: openai.OpenAI) -> None:
    whole = gpt.responses.create(model=MODEL, input=[{"role": "user", "content": PICTURE}])
    assert whole.output_text == "1/1: look"
    events = list(gpt.responses.create(model=MODEL, input="hello", stream=True))
    assert [event.sequence_number for event in events] == list(range(len(events)))
    assert events[-1].type == "response.completed"
    assert events[-1].response.output_text == "0/1: hello"
    with gpt.responses.stream(model=MODEL, input=CALL, tools=[PRICE]) as stream:
        names = [event.type for event in stream]
        final = stream.get_final_response()
    assert "response.function_call_arguments.done" in names
    assert [item.type for item in final.output] == ["message", "function_call"]


def test_openai_parse(gpt: openai.OpenAI) -> None:
    parsed = gpt.responses.parse(model=MODEL, input="x", text_format=Shade)
    assert parsed.output_parsed == Shade(colour="blue")
    with gpt.responses.stream(model=MODEL, input="x", text_format=Shade) as stream:
        assert stream.until_done().get_final_response().output_parsed == Shade(colour="blue")
    tools: list[Any] = [openai.pydantic_function_tool(Shade)]
    called = gpt.responses.parse(model=MODEL, input="x", tools=tools, tool_choice="required")
    assert called.output[0].type == "function_call"
    sent: list[Any] = [*called.output, result_of(called), user("so?")]
    followed = gpt.responses.create(model=MODEL, input=sent)
    assert followed.output_text == "0/1: so?"


def result_of(response: Any) -> Any:
    return {"type": "function_call_output", "call_id": response.output[-1].call_id, "output": "done"}


def user(text: str) -> Any:
    return {"role": "user", "content": text}


def test_openai_stored_responses(gpt: openai.OpenAI) -> None:
    first = gpt.responses.create(model=MODEL, input=[{"role": "user", "content": PICTURE}, user("two"), user("three")])
    second = gpt.responses.create(model=MODEL, input="and?", previous_response_id=first.id)
    assert second.output_text == "1/4: and?"
    assert gpt.responses.retrieve(first.id).output_text == first.output_text
    items = list(
        gpt.responses.input_items.list(first.id, limit=1, order="asc", include=["message.input_image.image_url"])
    )
    assert len(items) == 3, "the package asks for page after page"
    assert items[0].to_dict()["content"][0]["image_url"] == png_url()  # type: ignore[index]
    with pytest.raises(openai.BadRequestError, match="in the background"):
        gpt.responses.cancel(first.id)
    gpt.responses.delete(first.id)
    with pytest.raises(openai.NotFoundError):
        gpt.responses.retrieve(first.id)
    with pytest.raises(openai.BadRequestError) as refused:
        gpt.responses.create(model=MODEL, input="a", previous_response_id=first.id)
    assert refused.value.code == "previous_response_not_found"


@pytest.mark.anyio
async def test_an_agent_with_a_tool_pictures_and_a_stored_dialogue(address: str) -> None:
    async with openai.AsyncOpenAI(base_url=f"{address}/v1", api_key="none", max_retries=0) as client:
        model = agents.OpenAIResponsesModel(MODEL, client)
        agent = agents.Agent(name="Shop", instructions="be short", model=model, tools=[price])
        called = await agents.Runner.run(agent, CALL)
        assert called.final_output == "0/1: 299 for shirt"
        again = await agents.Runner.run(agent, [*called.to_input_list(), user("again")])
        assert again.final_output == "0/2: again"
        stored = await agents.Runner.run(agent, CALL, previous_response_id=called.last_response_id)
        assert stored.final_output == "0/2: 299 for shirt"
        seen = await agents.Runner.run(agent, [{"role": "user", "content": PICTURE}])
        after = await agents.Runner.run(agent, "and?", previous_response_id=seen.last_response_id)
        assert [seen.final_output, after.final_output] == ["1/1: look", "1/2: and?"]


@pytest.mark.anyio
async def test_an_agent_that_streams_hands_over_and_answers_by_a_schema(address: str) -> None:
    async with openai.AsyncOpenAI(base_url=f"{address}/v1", api_key="none", max_retries=0) as client:
        model = agents.OpenAIResponsesModel(MODEL, client)
        shop = agents.Agent(name="Shop", model=model, tools=[price])
        streamed = agents.Runner.run_streamed(shop, CALL)
        names = [event.type async for event in streamed.stream_events()]
        assert (streamed.final_output, names.count("run_item_stream_event")) == ("0/1: 299 for shirt", 4)
        must_call = agents.ModelSettings(tool_choice="required")
        desk = agents.Agent(name="Desk", model=model, handoffs=[shop], model_settings=must_call)
        handed = await agents.Runner.run(desk, "hello")
        assert (handed.last_agent.name, handed.final_output) == ("Shop", '0/1: {"assistant": "Shop"}')
        painter = agents.Agent(name="Painter", model=model, output_type=Shade)
        assert (await agents.Runner.run(painter, "x")).final_output == Shade(colour="blue")


@pytest.mark.skipif(shutil.which("node") is None or AI_SDK is None, reason="Node or the AI SDK is not here")
def test_ai_sdk(address: str) -> None:
    script = str(ROOT / "tests" / "helpers" / "ai_sdk.mjs")
    command = ["node", script, str(AI_SDK), address, png_base64()]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == {
        "plain": "0/1: hello",
        "streamed": "0/1: streamed",
        "picture": "1/1: look",
        "tool": "0/1: 299 for shirt",
        "streamedTool": "0/1:0/1: 299 for shirt",
        "object": {"colour": "blue"},
        "dialogue": "0/2: next",
        "hasReferred": True,
        "followed": "0/2: and",
        "unstored": "0/2: next",
    }


@pytest.mark.slow
def test_a_killed_server_has_stored_every_answered_response_and_no_half_one(tmp_path: Path) -> None:
    flags, program = ("--data", str(tmp_path)), ("tests.helpers.fake_server", "0.0")
    answered: list[Any] = []
    enough = threading.Event()

    def ask(address: str) -> None:
        picture: Any = {"role": "user", "content": PICTURE}
        with suppress(httpx.HTTPError, ValueError), httpx.Client(base_url=address, timeout=60) as client:
            for _ in range(1000):
                response = client.post("/v1/responses", json={"model": MODEL, "input": [picture]})
                answered.append(response.json())
                if len(answered) > 20:
                    enough.set()

    with run_server(*flags, program=program) as (process, address, _):
        asking = [threading.Thread(target=ask, args=(address,)) for _ in range(4)]
        for thread in asking:
            thread.start()
        assert enough.wait(60)
        process.send_signal(signal.SIGKILL)
        process.wait(timeout=60)
        for thread in asking:
            thread.join(60)
    with run_server(*flags, program=program) as (_, address, _), httpx.Client(base_url=address, timeout=60) as client:
        for response in answered:
            assert client.get(f"/v1/responses/{response['id']}").json() == response
        body = {"model": MODEL, "input": "and?", "previous_response_id": answered[-1]["id"]}
        assert client.post("/v1/responses", json=body).json()["output"][0]["content"][0]["text"] == "1/2: and?"
