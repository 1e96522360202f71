"""Every parameter of the model that OpenAI's request has reaches the engine, without being listed anywhere else."""

from typing import Any

import msgspec
import pytest

from model.messages import PromptOptions
from model.sampling import SamplingParams
from server.api.openai.request import ChatRequest, UserMessage
from server.api.openai.turn import RENAMED, build_turn

MODEL_NAMES = {*SamplingParams.__struct_fields__, *PromptOptions.__struct_fields__}
NOT_SENT = {"system_prompt", "max_inp_length", "stop_token_ids", "prompt_logprobs"}
"""Parameters of the model that a request cannot set."""


def options_of(kind: Any = ChatRequest, **given: Any) -> dict[str, Any]:
    return dict(build_turn(kind(model="minicpm-v", messages=[UserMessage("hi")], **given)).options)


def test_a_request_can_set_every_parameter_but_a_few() -> None:
    fields = {RENAMED.get(name, name) for name in ChatRequest.__struct_fields__}
    assert MODEL_NAMES - fields == NOT_SENT
    assert set(RENAMED.values()) <= MODEL_NAMES


@pytest.mark.parametrize("name", sorted({*ChatRequest.__struct_fields__} & MODEL_NAMES - {"logprobs"}))
def test_a_field_with_the_models_name_is_passed_on_as_it_is(name: str) -> None:
    value: Any = object()
    assert options_of(ChatRequest, **{name: value})[name] is value


@pytest.mark.parametrize("name", RENAMED)
def test_a_field_with_another_name_is_passed_on_by_the_models(name: str) -> None:
    value: Any = 7
    assert options_of(ChatRequest, **{name: value}) == {RENAMED[name]: value}


def test_log_probabilities_are_passed_on_as_a_number() -> None:
    assert options_of(logprobs=True, top_logprobs=2) == {"logprobs": 2}
    assert options_of(logprobs=False) == {}


def test_a_new_field_with_the_models_name_needs_no_other_edit() -> None:
    wider = msgspec.defstruct("Wider", [("stop_token_ids", list[int] | None, None)], bases=(ChatRequest,), kw_only=True)
    assert options_of(wider, stop_token_ids=[7]) == {"stop_token_ids": [7]}
