"""Every parameter of the model that Ollama's options have reaches the engine, without being listed anywhere else."""

from typing import Any

import pytest

from model.messages import PromptOptions
from model.sampling import SamplingParams
from server.api.ollama.request import ChatRequest, Message, Options
from server.api.ollama.turn import RENAMED, build_chat_turn
from server.turn.turn import TurnLimits

MODEL_NAMES = {*SamplingParams.__struct_fields__, *PromptOptions.__struct_fields__}
NO_PARAMETERS = {"num_batch", "num_gpu", "main_gpu", "num_thread", "numa", "low_vram", "use_mmap", "use_mlock"}
"""Options that say how Ollama loads a model."""

LIMITS = TurnLimits(max_images=1, max_image_pixels=1, max_inp_length=100, max_new_tokens=50)


def options_of(**given: Any) -> dict[str, Any]:
    request = ChatRequest(model="minicpm-v", messages=[Message("user", "hi")], options=Options(**given))
    return dict(build_chat_turn(request, LIMITS).options)


def test_every_option_is_known() -> None:
    known = MODEL_NAMES | set(RENAMED) | {"num_predict", "num_ctx"} | NO_PARAMETERS
    assert set(Options.__struct_fields__) <= known
    assert set(RENAMED.values()) <= MODEL_NAMES


@pytest.mark.parametrize("name", sorted({*Options.__struct_fields__} & MODEL_NAMES))
def test_an_option_with_the_models_name_is_passed_on_as_it_is(name: str) -> None:
    value = object()
    assert options_of(**{name: value}) == {name: value}


def test_other_options_are_passed_on_by_the_models_names() -> None:
    options = options_of(repeat_penalty=1.5, num_predict=7, num_ctx=70)
    assert options == {"repetition_penalty": 1.5, "max_new_tokens": 7, "max_inp_length": 70}


@pytest.mark.parametrize("name", sorted(NO_PARAMETERS))
def test_options_for_loading_have_no_effect(name: str) -> None:
    assert options_of(**{name: 1}) == {}
