"""The `openai` and `ollama` packages against a real server process on the demo; docs/clients.md lists the calls."""

import base64
import json
import re
from collections.abc import Iterator
from typing import Any

import httpx
import ollama
import openai
import pydantic
import pytest

from tests.helpers.loopback import comes_true
from tests.helpers.paths import DOCS, SAMPLE_FOLDER
from tests.helpers.processes import get, run_server
from tests.process import test_keys

SAMPLE = SAMPLE_FOLDER / "blue-striped-shirt.png"
PICTURE = base64.b64encode(SAMPLE.read_bytes()).decode()
ANSWER = "This is a striped blue shirt for 299 yuan."
QUESTION = "What is this?"
MODEL = "minicpm-v:8b"


class Order(pydantic.BaseModel):
    """A schema with bounds, so that a tiny model comes to its end."""

    gift: bool
    count: int = pydantic.Field(ge=0, le=99)


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    flags = ("--data", str(tmp_path_factory.mktemp("data")), "--repetition-guard", "off", "--max-images", "4")
    with run_server("--model", "demo", *flags) as (_, address, _):
        yield address


@pytest.fixture(scope="module")
def gpt(address: str) -> Iterator[openai.OpenAI]:
    with openai.OpenAI(base_url=f"{address}/v1", api_key="none", max_retries=0, timeout=60) as client:
        yield client


@pytest.fixture(scope="module")
def llama(address: str) -> Iterator[ollama.Client]:
    client = ollama.Client(host=address, timeout=60)
    yield client
    client._client.close()


def openai_messages(question: str = QUESTION) -> list[Any]:
    """Return a question about the sample in OpenAI's form, the picture first."""
    url = f"data:image/png;base64,{PICTURE}"
    image = {"type": "image_url", "image_url": {"url": url, "detail": "auto"}}
    return [{"role": "user", "content": [image, {"type": "text", "text": question}]}]


def ollama_messages(question: str = QUESTION) -> list[dict[str, Any]]:
    """Return a question about the sample in Ollama's form."""
    return [{"role": "user", "content": question, "images": [PICTURE]}]


def buy(count: int, gift: bool) -> str:
    """Buys the thing.

    Args:
      count: how many
      gift: whether it is one
    """
    return f"{count} {gift}"


# openai


def test_openai_models(gpt: openai.OpenAI) -> None:
    assert {"demo", "minicpm-v", MODEL} <= {model.id for model in gpt.models.list()}
    assert gpt.models.retrieve(MODEL).id == MODEL
    with pytest.raises(openai.NotFoundError, match="not found"):
        gpt.models.retrieve("openbmb/Other")


def test_openai_plain(gpt: openai.OpenAI) -> None:
    messages: list[Any] = [{"role": "system", "content": "You are a helpful assistant."}, *openai_messages()]
    completion = gpt.chat.completions.create(model=MODEL, messages=messages, temperature=0, seed=1)
    assert completion.choices[0].message.content == ANSWER
    assert completion.choices[0].finish_reason == "stop"
    usage = completion.usage
    assert usage is not None
    assert usage.total_tokens == usage.prompt_tokens + usage.completion_tokens
    assert usage.prompt_tokens_details is not None
    assert usage.prompt_tokens_details.to_dict()["image_tokens"] == 8


def test_openai_cached_tokens(gpt: openai.OpenAI) -> None:
    for _ in range(2):
        completion = gpt.chat.completions.create(model=MODEL, messages=openai_messages("What colour is it?"))
    assert completion.usage is not None
    assert completion.usage.prompt_tokens_details is not None
    assert (completion.usage.prompt_tokens_details.cached_tokens or 0) > 0


def test_openai_streamed(gpt: openai.OpenAI) -> None:
    chunks = list(
        gpt.chat.completions.create(
            model=MODEL, messages=openai_messages(), temperature=0, stream=True, stream_options={"include_usage": True}
        )
    )
    assert "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices) == ANSWER
    assert len(chunks) > 3
    assert chunks[-1].usage is not None
    assert chunks[-1].usage.completion_tokens > 5
    assert timings_of(chunks[-1].usage)["tokens_per_second"] > 0


def timings_of(usage: Any) -> dict[str, float]:
    """Return the timings, for which the SDK has no type."""
    timings: dict[str, float] = usage.to_dict()["timings"]
    return timings


def test_openai_timings(gpt: openai.OpenAI) -> None:
    completion = gpt.chat.completions.create(model=MODEL, messages=openai_messages(), temperature=0)
    assert completion.usage is not None
    timings = timings_of(completion.usage)
    assert 0 <= timings["queue_s"] <= timings["time_to_first_token_s"]
    assert timings["decode_s"] > 0


def test_openai_stream_helper(gpt: openai.OpenAI) -> None:
    with gpt.chat.completions.stream(model=MODEL, messages=openai_messages(), temperature=0) as stream:
        assert [event.type for event in stream][-1] == "content.done"
        assert stream.get_final_completion().choices[0].message.content == ANSWER


def test_openai_dialogue(gpt: openai.OpenAI) -> None:
    messages = openai_messages()
    first = gpt.chat.completions.create(model=MODEL, messages=messages, temperature=0)
    messages += [first.choices[0].message, {"role": "user", "content": "多少钱？"}]
    second = gpt.chat.completions.create(model=MODEL, messages=messages, temperature=0)
    assert second.choices[0].message.content == "售价299元。"


def test_openai_several_answers(gpt: openai.OpenAI) -> None:
    completion = gpt.chat.completions.create(model=MODEL, messages=openai_messages(), n=3, temperature=1.0, seed=5)
    assert [choice.index for choice in completion.choices] == [0, 1, 2]
    assert all(choice.message.content for choice in completion.choices)


def test_openai_logprobs(gpt: openai.OpenAI) -> None:
    completion = gpt.chat.completions.create(
        model=MODEL, messages=openai_messages(), temperature=0, logprobs=True, top_logprobs=3
    )
    logprobs = completion.choices[0].logprobs
    assert logprobs is not None
    assert logprobs.content is not None
    assert b"".join(bytes(item.bytes or []) for item in logprobs.content).decode() == ANSWER
    assert all(len(item.top_logprobs) == 3 and item.logprob <= 0 for item in logprobs.content)


def test_openai_sampling_fields(gpt: openai.OpenAI) -> None:
    own = {"top_k": 20, "min_p": 0.01, "repetition_penalty": 1.0, "min_tokens": 1, "use_image_id": True}
    completion = gpt.chat.completions.create(
        model=MODEL,
        messages=openai_messages(),
        temperature=0.2,
        top_p=0.9,
        seed=7,
        stop=["yuan"],
        presence_penalty=0.1,
        frequency_penalty=0.1,
        logit_bias={"5": -1},
        max_completion_tokens=50,
        user="ann",
        extra_body={**own, "max_slice_nums": 1},
    )
    assert "yuan" not in (completion.choices[0].message.content or "")


def test_openai_beams(gpt: openai.OpenAI) -> None:
    completion = gpt.chat.completions.create(model=MODEL, messages=openai_messages(), extra_body={"num_beams": 3})
    assert completion.choices[0].message.content == ANSWER


@pytest.mark.filterwarnings("ignore:Pydantic serializer warnings")  # the package's own, of what parse() gave
def test_openai_parse(gpt: openai.OpenAI) -> None:
    completion = gpt.chat.completions.parse(
        model=MODEL, messages=openai_messages(), response_format=Order, temperature=1.0
    )
    message = completion.choices[0].message
    assert isinstance(message.parsed, Order)
    dialogue: list[Any] = [*openai_messages(), message, *openai_messages()]
    again = gpt.chat.completions.parse(model=MODEL, messages=dialogue, response_format=Order, temperature=1.0)
    assert isinstance(again.choices[0].message.parsed, Order)


def test_openai_streamed_schema(gpt: openai.OpenAI) -> None:
    with gpt.chat.completions.stream(model=MODEL, messages=openai_messages(), response_format=Order) as stream:
        stream.until_done()
        assert isinstance(stream.get_final_completion().choices[0].message.parsed, Order)


def test_openai_schema_cut_off(gpt: openai.OpenAI) -> None:
    with pytest.raises(openai.LengthFinishReasonError):
        gpt.chat.completions.parse(model=MODEL, messages=openai_messages(), response_format=Order, max_tokens=3)


@pytest.mark.parametrize("choice", ["required", {"type": "function", "function": {"name": "Order"}}])
def test_openai_enforced_tools(gpt: openai.OpenAI, choice: Any) -> None:
    completion = gpt.chat.completions.parse(
        model=MODEL,
        messages=openai_messages(),
        tools=[openai.pydantic_function_tool(Order)],
        tool_choice=choice,
        parallel_tool_calls=False,
    )
    message = completion.choices[0].message
    assert completion.choices[0].finish_reason == "tool_calls"
    assert message.tool_calls
    (call,) = message.tool_calls
    assert isinstance(call.function.parsed_arguments, Order)
    dialogue: list[Any] = [*openai_messages(), message, {"role": "tool", "tool_call_id": call.id, "content": "done"}]
    followed = gpt.chat.completions.create(model=MODEL, messages=dialogue, tools=[openai.pydantic_function_tool(Order)])
    assert followed.choices[0].finish_reason in ("stop", "tool_calls", "length")


def test_openai_streamed_tools(gpt: openai.OpenAI) -> None:
    tools = [openai.pydantic_function_tool(Order)]
    with gpt.chat.completions.stream(
        model=MODEL, messages=openai_messages(), tools=tools, tool_choice="required", parallel_tool_calls=False
    ) as stream:
        stream.until_done()
        (call,) = stream.get_final_completion().choices[0].message.tool_calls or []
    assert set(json.loads(call.function.arguments)) == {"gift", "count"}


def test_openai_tools_left_alone(gpt: openai.OpenAI) -> None:
    tools: list[Any] = [{"type": "function", "function": {"name": "buy", "parameters": {"type": "object"}}}]
    for choice in ("auto", "none"):
        completion = gpt.chat.completions.create(
            model=MODEL, messages=openai_messages(), tools=tools, tool_choice=choice, temperature=0
        )
        assert completion.choices[0].message.content


@pytest.mark.parametrize(
    ("given", "param"),
    [
        ({"temperature": -1}, "temperature"),
        ({"extra_body": {"guided_regex": "a+"}}, "guided_regex"),
        ({"modalities": ["audio"]}, "modalities"),
        ({"max_completion_tokens": 0}, "max_completion_tokens"),
        ({"response_format": {"type": "json_schema", "json_schema": {"name": "a", "schema": {"not": {}}}}}, None),
    ],
)
def test_openai_wrong_fields(gpt: openai.OpenAI, given: dict[str, Any], param: str | None) -> None:
    with pytest.raises(openai.BadRequestError) as refused:
        gpt.chat.completions.create(model=MODEL, messages=openai_messages(), **given)
    assert refused.value.param == (param or "response_format")


def test_openai_ignored_fields(gpt: openai.OpenAI) -> None:
    """What other servers need is taken and told, or refused where the client wants that."""
    given: dict[str, Any] = {
        "messages": openai_messages(),
        "temperature": 0,
        "max_tokens": 10**6,
        "reasoning_effort": "high",
        "extra_body": {"chat_template_kwargs": {"enable_thinking": False}, "priority": 3, "top_k": -1},
    }
    answer = gpt.chat.completions.with_raw_response.create(model=MODEL, **given)
    assert answer.headers["X-Ignored"] == "reasoning_effort, priority, max_tokens"
    assert answer.parse().choices[0].message.content == ANSWER
    with pytest.raises(openai.BadRequestError, match="it has no effect here"):
        gpt.chat.completions.create(model=MODEL, extra_headers={"X-Strict": "on"}, **given)


def test_openai_continuous_usage(gpt: openai.OpenAI) -> None:
    options: Any = {"include_usage": True, "continuous_usage_stats": True}
    chunks = list(
        gpt.chat.completions.create(
            model=MODEL, messages=openai_messages(), temperature=0, stream=True, stream_options=options
        )
    )
    counts = [chunk.usage.completion_tokens for chunk in chunks if chunk.usage is not None]
    assert len(counts) == len(chunks)
    assert counts == sorted(counts)


def test_openai_errors(gpt: openai.OpenAI) -> None:
    with pytest.raises(openai.NotFoundError) as unknown:
        gpt.chat.completions.create(model="gpt-4o", messages=openai_messages())
    assert unknown.value.code == "model_not_found"
    with pytest.raises(openai.InternalServerError, match="--embedding-model"):
        gpt.embeddings.create(model=MODEL, input="a")
    with pytest.raises(openai.APIStatusError) as many:
        gpt.chat.completions.create(model=MODEL, messages=openai_messages() * 5)
    assert many.value.status_code == 413
    private: Any = [{"type": "image_url", "image_url": {"url": "http://127.0.0.1/a.png"}}]
    with pytest.raises(openai.BadRequestError, match="not among those"):
        gpt.chat.completions.create(model=MODEL, messages=[{"role": "user", "content": private}])


def test_openai_cancelled_stream(gpt: openai.OpenAI, address: str) -> None:
    """The rest of the answer is not computed."""
    before = num_aborted(address)
    story: list[Any] = [{"role": "user", "content": "Tell me a story."}]
    stream = gpt.chat.completions.create(model=MODEL, messages=story, stream=True, extra_body={"min_tokens": 1000})
    for _, _ in zip(range(3), stream, strict=False):
        pass
    stream.close()
    assert comes_true(lambda: num_aborted(address) > before)
    assert (
        gpt.chat.completions.create(model=MODEL, messages=openai_messages(), temperature=0).choices[0].message.content
    )
    assert get(f"{address}/health")["status"] == "ok"


def num_aborted(address: str) -> float:
    """Return how many answers were aborted since the server started."""
    text = httpx.get(f"{address}/metrics", timeout=60).text
    counted: list[str] = re.findall(r'^minicpmv_answers_total\{finish_reason="abort"\} (\S+)', text, re.MULTILINE)
    return sum(map(float, counted))


@pytest.mark.anyio
async def test_openai_async(address: str) -> None:
    async with openai.AsyncOpenAI(base_url=f"{address}/v1", api_key="none", max_retries=0) as client:
        stream = await client.chat.completions.create(
            model=MODEL, messages=openai_messages(), temperature=0, stream=True
        )
        assert "".join([chunk.choices[0].delta.content or "" async for chunk in stream]) == ANSWER


# ollama


def test_ollama_models(llama: ollama.Client) -> None:
    assert {"minicpm-v:latest", MODEL} <= {model.model for model in llama.list().models}
    assert {model.model for model in llama.ps().models} == {model.model for model in llama.list().models}
    shown = llama.show(MODEL)
    assert shown.capabilities == ["completion", "vision", "tools"]
    assert "<|im_start|>" in (shown.template or "")
    assert (shown.license or "").startswith("Apache License 2.0")


def test_ollama_pull(llama: ollama.Client) -> None:
    assert llama.pull(MODEL).status == "success"
    assert [part.status for part in llama.pull(MODEL, stream=True)] == ["success"]
    with pytest.raises(ollama.ResponseError, match="model 'llama3' not found"):
        llama.pull("llama3")
    with pytest.raises(ollama.ResponseError, match="--embedding-model"):
        llama.embed(MODEL, "a")


def test_ollama_version(address: str) -> None:
    """Ollama's command line looks for a server with HEAD before it sends a request."""
    with httpx.Client(base_url=address, timeout=60) as client:
        assert [client.head(path).status_code for path in ("/", "/api/tags")] == [200, 200]
        assert client.get("/api/version").json()["version"]


def test_ollama_generate(llama: ollama.Client) -> None:
    given: dict[str, Any] = {"images": [SAMPLE], "options": {"temperature": 0}, "keep_alive": "5m"}
    answer = llama.generate(MODEL, QUESTION, system="You are a helpful assistant.", **given)
    assert answer.response == ANSWER
    assert answer.done_reason == "stop"
    assert answer.total_duration
    assert answer.eval_count
    parts = list(llama.generate(MODEL, QUESTION, stream=True, **given))
    assert "".join(part.response or "" for part in parts) == ANSWER
    assert parts[-1].done
    assert llama.generate(MODEL).done_reason == "load"


def test_ollama_context(llama: ollama.Client) -> None:
    """The dialogue goes on; its picture is not in the context, so it is sent again."""
    given: dict[str, Any] = {"images": [SAMPLE], "options": {"temperature": 0}}
    first = llama.generate(MODEL, QUESTION, **given)
    assert first.context
    second = llama.generate(MODEL, "多少钱？", context=first.context, **given)
    assert second.response == "售价299元。"
    assert (second.context or [])[: len(first.context)] == first.context
    with pytest.raises(ollama.ResponseError, match="not the context of an answer"):
        llama.generate(MODEL, "a", context=[1, 2, 3])


def test_ollama_chat(llama: ollama.Client) -> None:
    messages = ollama_messages()
    answer = llama.chat("minicpm-v", messages, options={"temperature": 0, "num_ctx": 4096, "num_predict": 100})
    assert answer.message.content == ANSWER
    followed = llama.chat(MODEL, [*messages, answer.message, {"role": "user", "content": "多少钱？"}])
    assert followed.message.content == "售价299元。"


def test_ollama_streamed_chat(llama: ollama.Client) -> None:
    parts = list(llama.chat(MODEL, ollama_messages(), stream=True, options={"temperature": 0}))
    assert "".join(part.message.content or "" for part in parts) == ANSWER
    assert len(parts) > 2
    assert [part.done for part in parts].count(True) == 1


def test_ollama_empty_answer_in_a_dialogue(llama: ollama.Client) -> None:
    messages = [{"role": "user", "content": "hi"}, {"role": "assistant", "content": ""}, *ollama_messages()]
    assert llama.chat(MODEL, messages).message.content


def test_ollama_schema(llama: ollama.Client) -> None:
    answer = llama.chat(MODEL, ollama_messages(), format=Order.model_json_schema(), options={"temperature": 1.0})
    assert Order.model_validate_json(answer.message.content or "")
    parts = llama.generate(MODEL, QUESTION, format=Order.model_json_schema(), stream=True)
    assert Order.model_validate_json("".join(part.response or "" for part in parts))


def test_ollama_tools(llama: ollama.Client) -> None:
    """A tiny model calls nothing by itself; `tests/server/api/ollama/test_routes.py` has calls."""
    assert llama.chat(MODEL, ollama_messages(), tools=[buy], options={"temperature": 0}).message.content
    called = {"role": "assistant", "tool_calls": [{"function": {"name": "buy", "arguments": {"count": 1}}}]}
    result = {"role": "tool", "tool_name": "buy", "content": "done"}
    assert llama.chat(MODEL, [*ollama_messages(), called, result], tools=[buy]).done


def test_ollama_errors(llama: ollama.Client) -> None:
    with pytest.raises(ollama.ResponseError, match="not found") as unknown:
        llama.chat("llama3", ollama_messages())
    assert unknown.value.status_code == 404
    with pytest.raises(ollama.ResponseError, match="mirostat"):
        llama.chat(MODEL, ollama_messages(), options={"mirostat": 1})
    with pytest.raises(ollama.ResponseError, match="template"):
        llama.generate(MODEL, "a", template="b")
    with pytest.raises(ollama.ResponseError, match="uses not"):
        llama.chat(MODEL, ollama_messages(), format={"not": {}})


def test_ollama_cancelled_stream(llama: ollama.Client) -> None:
    stream = iter(llama.chat(MODEL, [{"role": "user", "content": "Tell me a story."}], stream=True))
    next(stream)
    stream.close()  # type: ignore[attr-defined]
    assert llama.chat(MODEL, ollama_messages(), options={"temperature": 0}).message.content == ANSWER


@pytest.mark.anyio
async def test_ollama_async(address: str) -> None:
    client = ollama.AsyncClient(host=address)
    answer = await client.chat(MODEL, ollama_messages(), options={"temperature": 0})
    assert answer.message.content == ANSWER
    await client._client.aclose()


# docs/clients.md

DOCUMENT = (DOCS / "clients.md").read_text(encoding="utf-8")


def test_the_document_lists_every_test_here() -> None:
    listed = re.findall(r"`(test_\w+)` \|", DOCUMENT)
    here = [name for name in (*globals(), *vars(test_keys)) if name.startswith(("test_openai_", "test_ollama_"))]
    assert sorted(listed) == sorted(here)


@pytest.mark.parametrize("number", [0, 1])
def test_the_documents_examples_run(address: str, number: int, capsys: pytest.CaptureFixture[str]) -> None:
    source = re.findall(r"```python\n(.*?)```", DOCUMENT, re.DOTALL)[number]
    names: dict[str, Any] = {}
    exec(compile(source.replace("http://127.0.0.1:8000", address), "clients.md", "exec"), names)
    assert capsys.readouterr().out == f"{ANSWER}\n"
    names["client"]._client.close()
