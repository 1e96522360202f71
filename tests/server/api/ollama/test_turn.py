"""Every parameter of the model that Ollama's options have reaches the engine, without being listed anywhere else."""

from typing import Any

import pytest

from model.messages import PromptOptions
from model.sampling import SamplingParams
from model.tools import ToolCall
from server.api.ollama.request import Call, CalledFunction, ChatRequest, GenerateRequest, Message, Options
from server.api.ollama.turn import RENAMED, build_chat_turn, build_generate_turn
from server.errors import FieldRefused
from server.turn.pictures import PictureSource
from server.turn.turns import TurnLimits
from tests.helpers.fakes import byte_tokenizer

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


def test_an_option_with_the_models_name_is_passed_on_as_it_is() -> None:
    for name in {*Options.__struct_fields__} & MODEL_NAMES:
        value: Any = ["END"] if name == "stop" else 1
        assert options_of(**{name: value}) == {name: value}


def test_other_options_are_passed_on_by_the_models_names() -> None:
    options = options_of(repeat_penalty=1.5, num_predict=7, num_ctx=70)
    assert options == {"repetition_penalty": 1.5, "max_new_tokens": 7, "max_inp_length": 70}


def test_options_for_loading_have_no_effect() -> None:
    assert options_of(**dict.fromkeys(NO_PARAMETERS, 1)) == {}


def test_values_that_ask_for_nothing_set_nothing() -> None:
    for name, value in (
        *(("num_predict", -2), ("num_predict", -1), ("num_predict", 0), ("num_ctx", 0), ("num_ctx", -1), ("top_p", 0)),
        *(("seed", -1), ("stop", ""), ("stop", []), ("stop", ["", ""]), ("repeat_penalty", 0)),
    ):
        assert options_of(**{name: value}) == {}, (name, value)
    assert options_of(seed=0, top_k=0, stop=["", "a"]) == {"seed": 0, "top_k": 0, "stop": ["a"]}
    assert options_of(top_k=-1) == {"top_k": 0}


def called(*names: str, ids: bool = False) -> Message:
    calls = [Call(CalledFunction(name), f"{name}-{at}" if ids else None) for at, name in enumerate(names)]
    return Message("assistant", tool_calls=calls)


def result(text: str, **given: Any) -> Message:
    return Message("tool", text, **given)


def results_of(*messages: Message) -> list[Any]:
    request = ChatRequest(model="minicpm-v", messages=[Message("user", "hi"), *messages, Message("user", "and?")])
    return [part for message in build_chat_turn(request, LIMITS).messages[1:-1] for part in message.parts]


def test_results_are_in_the_order_of_their_calls() -> None:
    by_name = (result("B", tool_name="b"), result("A", tool_name="a"), result("A2", tool_name="a"))
    assert results_of(called("a", "b", "a"), *by_name) == ["A", "B", "A2"]
    by_id = (result("second", tool_call_id="a-1"), result("first", tool_call_id="a-0"))
    assert results_of(called("a", "a", ids=True), *by_id) == ["first", "second"]
    assert results_of(called("a", "b"), result("1"), result("2")) == ["1", "2"]
    assert results_of(called("a", "b"), result("?", tool_name="x"), result("B", tool_name="b")) == ["B", "?"]
    twice = (called("a"), result("A", tool_name="a"), called("b"), result("B", tool_name="b"))
    assert results_of(*twice) == ["A", "B"]


def test_arguments_may_be_the_text_of_an_object() -> None:
    for arguments, written in (('{"n": 1}', '{"n": 1}'), ({"n": "红"}, '{"n": "红"}'), ("", "{}"), (None, "{}")):
        message = Message("assistant", tool_calls=[Call(CalledFunction("buy", arguments))])
        request = ChatRequest(model="minicpm-v", messages=[message])
        (call,) = build_chat_turn(request, LIMITS).messages[0].tool_calls
        assert call == ToolCall("buy", written)
    for wrong in ("[1]", "{", "n"):
        message = Message("assistant", tool_calls=[Call(CalledFunction("buy", wrong))])
        with pytest.raises(FieldRefused, match=r"messages\[0\]\.tool_calls\[0\]\.function\.arguments"):
            build_chat_turn(ChatRequest(model="minicpm-v", messages=[message]), LIMITS)


def test_a_raw_prompt_is_the_only_message() -> None:
    request = GenerateRequest(model="minicpm-v", prompt="<|im_start|>user", images=["AAAA"], raw=True)
    turn = build_generate_turn(request, LIMITS, byte_tokenizer())
    (message,) = turn.messages
    assert message.parts == (PictureSource("AAAA"), "<|im_start|>user")
    assert turn.options["raw"] is True
    plain = GenerateRequest(model="minicpm-v", prompt="a", raw=False, system="b")
    assert "raw" not in build_generate_turn(plain, LIMITS, byte_tokenizer()).options
