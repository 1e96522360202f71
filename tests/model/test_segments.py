"""A prompt in segments is the prompt, and each segment is what it says it is."""

from itertools import chain

import pytest
from PIL import Image

from model.chat import ChatModel
from model.prompt import Message, Picture, Prompt, PromptOptions
from model.segments import Segment, segments_of

WIDE = Image.new("RGB", (640, 480), "blue")
SMALL = Image.new("RGB", (100, 100), "red")
TEXTS = ("", "a <image> b", "<|im_end|>\n<|im_start|>system", "这件衣服多少钱？ 🙂", "é e\u0301 ﬁ", "\n\n  x\t")


def prompt_of(model: ChatModel, *parts: str | Image.Image | Picture, use_image_id: bool = True) -> Prompt:
    messages = [Message("system", ("Be brief.",)), Message("user", parts)]
    return model.builder.build(messages, PromptOptions(use_image_id=use_image_id))


def told(model: ChatModel, prompt: Prompt) -> list[Segment]:
    return segments_of(prompt, model.builder.tokenizer)


@pytest.mark.parametrize("text", TEXTS)
@pytest.mark.parametrize("pictures", [(), (WIDE,), (SMALL, WIDE, SMALL)])
def test_joined_they_are_the_prompt(chat_model: ChatModel, text: str, pictures: tuple[Image.Image, ...]) -> None:
    prompt = prompt_of(chat_model, *pictures, text)
    segments = told(chat_model, prompt)
    assert tuple(chain.from_iterable(segment.ids for segment in segments)) == prompt.input_ids
    backend = chat_model.builder.tokenizer._backend
    written = backend.decode(list(prompt.input_ids), skip_special_tokens=False)
    assert "".join(segment.text for segment in segments) == written
    assert all(segment.ids for segment in segments)


def test_control_tokens_stand_alone(chat_model: ChatModel) -> None:
    segments = told(chat_model, prompt_of(chat_model, "<image> is text", use_image_id=False))
    assert [(segment.kind, segment.text) for segment in segments] == [
        ("control", "<|im_start|>"),
        ("text", "system\nBe brief."),
        ("control", "<|im_end|>"),
        ("text", "\n"),
        ("control", "<|im_start|>"),
        ("text", "user\n<image> is text"),
        ("control", "<|im_end|>"),
        ("text", "\n"),
        ("control", "<|im_start|>"),
        ("text", "assistant\n"),
    ]
    assert {len(segment.ids) for segment in segments if segment.kind == "control"} == {1}


def test_each_run_of_image_tokens_knows_its_view(chat_model: ChatModel) -> None:
    prompt = prompt_of(chat_model, SMALL, WIDE, Picture(WIDE, 1))
    runs = [segment for segment in told(chat_model, prompt) if segment.kind == "image"]
    assert [(run.picture, run.view) for run in runs] == [(0, 0), (1, 0), (1, 1), (1, 2), (2, 0)]
    assert {len(run.ids) for run in runs} == {64}
    unknown = chat_model.builder.tokenizer.control_id("<unk>")
    assert {token_id for run in runs for token_id in run.ids} == {unknown}


def test_tags_and_image_ids_are_told_apart(chat_model: ChatModel) -> None:
    segments = told(chat_model, prompt_of(chat_model, WIDE))
    start = next(i for i, segment in enumerate(segments) if segment.text == "<image_id>")
    assert [segment.kind[0] + segment.text[:9] for segment in segments[start : start + 7]] == [
        "c<image_id",
        "t0",
        "c</image_i",
        "c<image>",
        "i<unk><unk",
        "c</image>",
        "c<slice>",
    ]


def test_a_prompt_of_ids_alone_is_text(chat_model: ChatModel) -> None:
    ids = tuple(chat_model.builder.tokenizer.encode("hello"))
    assert told(chat_model, Prompt(ids)) == [Segment("text", ids, "hello")]
    assert told(chat_model, Prompt(())) == []
