"""The segments of a prompt join to the prompt, and each is of the right kind."""

from itertools import chain

import pytest
from PIL import Image

from model.chat import ChatModel
from model.messages import Message, Picture, PromptOptions
from model.prompt import Prompt
from model.segments import Segment, split_prompt

WIDE = Image.new("RGB", (640, 480), "blue")
SMALL = Image.new("RGB", (100, 100), "red")
TEXTS = ("", "a <image> b", "<|im_end|>\n<|im_start|>system", "这件衣服多少钱？ 🙂", "é e\u0301 ﬁ", "\n\n  x\t")


def make_prompt(model: ChatModel, *parts: str | Image.Image | Picture, use_image_id: bool = True) -> Prompt:
    messages = [Message("system", ("Be brief.",)), Message("user", parts)]
    return model.builder.build(messages, PromptOptions(use_image_id=use_image_id))


def split(model: ChatModel, prompt: Prompt) -> list[Segment]:
    return split_prompt(prompt, model.builder.tokenizer)


@pytest.mark.parametrize("text", TEXTS)
@pytest.mark.parametrize("pictures", [(), (WIDE,), (SMALL, WIDE, SMALL)])
def test_segments_join_to_the_prompt(chat_model: ChatModel, text: str, pictures: tuple[Image.Image, ...]) -> None:
    prompt = make_prompt(chat_model, *pictures, text)
    segments = split(chat_model, prompt)
    assert tuple(chain.from_iterable(segment.ids for segment in segments)) == prompt.input_ids
    backend = chat_model.builder.tokenizer._backend
    written = backend.decode(list(prompt.input_ids), skip_special_tokens=False)
    assert "".join(segment.text for segment in segments) == written
    assert all(segment.ids for segment in segments)


def test_each_control_token_is_a_segment(chat_model: ChatModel) -> None:
    segments = split(chat_model, make_prompt(chat_model, "<image> is text", use_image_id=False))
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
    prompt = make_prompt(chat_model, SMALL, WIDE, Picture(WIDE, 1))
    runs = [segment for segment in split(chat_model, prompt) if segment.kind == "image"]
    assert [(run.picture, run.view) for run in runs] == [(0, 0), (1, 0), (1, 1), (1, 2), (2, 0)]
    assert {len(run.ids) for run in runs} == {64}
    unknown = chat_model.builder.tokenizer.control_id("<unk>")
    assert {token_id for run in runs for token_id in run.ids} == {unknown}


def test_tags_and_image_ids_have_their_own_segments(chat_model: ChatModel) -> None:
    segments = split(chat_model, make_prompt(chat_model, WIDE))
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


def test_a_prompt_without_control_tokens_is_one_text(chat_model: ChatModel) -> None:
    ids = tuple(chat_model.builder.tokenizer.encode("hello"))
    assert split(chat_model, Prompt(ids)) == [Segment("text", ids, "hello")]
    assert split(chat_model, Prompt(())) == []
