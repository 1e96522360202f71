"""Every parameter of the model that OpenAI's request has reaches the engine, without being listed anywhere else."""

from typing import Any

import msgspec
import pytest

from model.messages import PromptOptions
from model.sampling import SamplingParams
from server.api.openai.request import AssistantMessage, ChatRequest, UserMessage
from server.api.openai.turn import RENAMED, build_turn, list_idle_fields
from server.errors import FieldRefused

MODEL_NAMES = {*SamplingParams.__struct_fields__, *PromptOptions.__struct_fields__}
NOT_SENT = {"system_prompt", "max_inp_length", "raw", "stop_token_ids", "prompt_logprobs", "prompt_only"}
"""Parameters of the model that a request cannot set."""

VALUES: dict[str, Any] = {
    "temperature": 0.5,
    "top_p": 0.5,
    "min_p": 0.5,
    "logit_bias": {7: 0.5},
    "stop": ["a"],
    "use_image_id": True,
    "ignore_eos": True,
}
"""Values of parameters that cannot be 2."""


def options_of(kind: Any = ChatRequest, **given: Any) -> dict[str, Any]:
    return dict(build_turn(kind(model="minicpm-v", messages=[UserMessage("hi")], **given)).options)


def test_a_request_can_set_every_parameter_but_a_few() -> None:
    fields = {RENAMED.get(name, name) for name in ChatRequest.__struct_fields__}
    assert MODEL_NAMES - fields <= NOT_SENT
    assert not NOT_SENT & fields
    assert set(RENAMED.values()) <= MODEL_NAMES


def test_a_field_with_the_models_name_is_passed_on_as_it_is() -> None:
    for name in {*ChatRequest.__struct_fields__} & MODEL_NAMES - {"logprobs", "continue_final_message"}:
        value = VALUES.get(name, 2)
        assert options_of(ChatRequest, **{name: value})[name] == value, name


@pytest.mark.parametrize("name", RENAMED)
def test_a_field_with_another_name_is_passed_on_by_the_models(name: str) -> None:
    value: Any = 2
    assert options_of(ChatRequest, **{name: value}) == {RENAMED[name]: value}


def test_log_probabilities_are_passed_on_as_a_number() -> None:
    assert options_of(logprobs=True, top_logprobs=2) == {"logprobs": 2}
    assert options_of(logprobs=False) == {}


def test_an_answer_at_the_end_is_continued_unless_another_is_asked_for() -> None:
    def read(last: Any, **given: Any) -> bool | None:
        return build_turn(ChatRequest(model="x", messages=[UserMessage("hi"), last], **given)).options.get(
            "continue_final_message"
        )

    answer, question = AssistantMessage("It is"), UserMessage("?")
    assert read(question) is None
    assert read(question, add_generation_prompt=True, continue_final_message=False) is None
    assert read(answer) is None
    assert read(answer, continue_final_message=True, add_generation_prompt=False) is None
    assert read(answer, add_generation_prompt=False) is None
    assert read(answer, continue_final_message=False) is False
    assert read(answer, add_generation_prompt=True) is False
    for last, given, param in (
        (answer, {"continue_final_message": True, "add_generation_prompt": True}, "add_generation_prompt"),
        (answer, {"continue_final_message": False, "add_generation_prompt": False}, "add_generation_prompt"),
        (question, {"continue_final_message": True}, "continue_final_message"),
        (question, {"add_generation_prompt": False}, "add_generation_prompt"),
    ):
        with pytest.raises(FieldRefused) as refused:
            read(last, **given)
        assert refused.value.param == param


def test_best_of_is_the_number_of_answers() -> None:
    assert options_of(best_of=2, n=2) == {"n": 2}
    assert options_of(best_of=1) == {}
    assert options_of(use_beam_search=False, n=2) == {"n": 2}
    with pytest.raises(FieldRefused):
        options_of(best_of=3, n=2)


def test_beam_search_by_its_other_name() -> None:
    numbers: list[tuple[dict[str, int], int]] = [
        ({}, 3),
        ({"best_of": 4, "n": 2}, 4),
        ({"n": 2}, 2),
        ({"best_of": 1}, 3),
    ]
    for given, num_beams in [*numbers, ({"num_beams": 5}, 5)]:
        options = options_of(use_beam_search=True, temperature=0, **given)
        assert options == {"num_beams": num_beams, "sampling": False}
    request = ChatRequest(model="x", messages=[UserMessage("hi")], use_beam_search=True, n=2)
    assert list_idle_fields(request) == ["n"]


def read_messages(*messages: dict[str, Any]) -> list[tuple[str, tuple[Any, ...], tuple[str, ...]]]:
    """Return role, parts and calls of each message that the wire's become."""
    request = msgspec.convert({"model": "x", "messages": messages}, ChatRequest)
    return [
        (
            each.role,
            tuple(getattr(part, "source", part) for part in each.parts),
            tuple(call.text for call in each.tool_calls),
        )
        for each in build_turn(request).messages
    ]


def test_every_way_to_write_a_part() -> None:
    parts: list[tuple[Any, str]] = [
        ("a", "a"),
        ({"type": "text", "text": "b", "cache_control": {}}, "b"),
        ({"type": "input_text", "text": "c"}, "c"),
        ({"type": "output_text", "text": "d"}, "d"),
        ({"type": "refusal", "refusal": "e"}, "e"),
        ({"type": "image_url", "image_url": {"url": " f\n"}}, "f"),
        ({"type": "image_url", "image_url": "g"}, "g"),
        ({"type": "input_image", "image_url": "h", "detail": None}, "h"),
        ({"type": "image", "image": "i"}, "i"),
    ]
    content, expected = [given for given, _ in parts], tuple(text for _, text in parts)
    for role in ("user", "assistant"):
        assert read_messages({"role": role, "content": content}) == [(role, expected, ())]
    for role in ("system", "developer"):
        assert read_messages({"role": role, "content": content[:5]}) == [("system", expected[:5], ())]


def test_messages_without_content() -> None:
    said = [{"role": role, "content": None} for role in ("system", "user", "assistant")]
    assert read_messages(*said, {"role": "assistant", "tool_calls": [], "refusal": "no"}) == [
        ("system", (), ()),
        ("user", (), ()),
        ("assistant", (), ()),
        ("assistant", ("no",), ()),
    ]


def test_calls_in_every_form() -> None:
    called = {"name": "buy", "arguments": {"a": "红"}}
    calls = ('<tool_call>\n{"name": "buy", "arguments": {"a": "红"}}\n</tool_call>',)
    assert read_messages({"role": "assistant", "function_call": called}) == [("assistant", (), calls)]
    assert read_messages({"role": "assistant", "tool_calls": [{"function": called}]}) == [("assistant", (), calls)]
    for empty in ("", None):
        bare = read_messages({"role": "assistant", "function_call": {"name": "buy", "arguments": empty}})
        assert '"arguments": {}' in bare[0][2][0]


def test_a_new_field_with_the_models_name_needs_no_other_edit() -> None:
    wider = msgspec.defstruct("Wider", [("stop_token_ids", list[int] | None, None)], bases=(ChatRequest,), kw_only=True)
    assert options_of(wider, stop_token_ids=[7]) == {"stop_token_ids": [7]}


def test_labels_may_be_anything() -> None:
    schema = {"type": "json_schema", "json_schema": {"name": "商品 card", "schema": {"type": "boolean"}}}
    for label in (5, "", ["a"], {"a": {"b": 1}}):
        labels = dict.fromkeys(("user", "safety_identifier", "prompt_cache_key", "metadata"), label)
        body = {"model": "x", "messages": [{"role": "user", "content": "a"}], "response_format": schema, **labels}
        assert build_turn(msgspec.convert(body, ChatRequest)).schema == {"type": "boolean"}
