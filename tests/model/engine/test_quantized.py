"""The engine's answers over int4 and int8 weights are those of transformers' `generate`."""

from pathlib import Path

import pytest
import torch
from transformers import GenerationConfig

from model.chat import ChatModel
from model.engine.attention import NAME
from model.engine.build import set_attention
from model.engine.packed_linear import PackedLinear
from model.loading import load
from model.prompt import Prompt
from model.sampling import SamplingParams
from tests.helpers.engine_requests import add_request

# bitsandbytes warns about missing kernels when it quantises on a CPU
pytestmark = pytest.mark.filterwarnings("ignore::UserWarning", "ignore::FutureWarning", "ignore::DeprecationWarning")

PROMPTS = [list(range(100, 100 + length)) for length in (3, 40, 17, 70)]
NUM_NEW = 6


@pytest.fixture(scope="module", params=["int4", "int8"])
def quantized(request: pytest.FixtureRequest, golden_folder: Path) -> ChatModel:
    return load(str(golden_folder / "checkpoint"), quantization=request.param, device="cpu")


def generate(chat_model: ChatModel, prompt: list[int]) -> list[int]:
    """Return the answer to one prompt by transformers."""
    set_attention(chat_model.model, "sdpa")
    ids = torch.tensor([prompt])
    config = GenerationConfig(max_new_tokens=NUM_NEW, do_sample=False, eos_token_id=None, pad_token_id=0)
    out = chat_model.model.llm.generate(ids, attention_mask=torch.ones_like(ids), generation_config=config)
    set_attention(chat_model.model, NAME)
    return list(out[0, len(prompt) :].tolist())


def answers(chat_model: ChatModel, prompts: list[list[int]]) -> list[list[int]]:
    """Return the engine's answers to all prompts at once. End tokens are suppressed, as `generate` here knows none."""
    engine = chat_model.engine
    params = SamplingParams(temperature=0, repetition_penalty=1.0, max_new_tokens=NUM_NEW, min_new_tokens=NUM_NEW)
    groups = [add_request(engine, Prompt(tuple(prompt)), params) for prompt in prompts]
    while not engine.is_idle:
        engine.step()
    return [group.sequences[0].generated for group in groups]


def test_an_answer_alone_is_that_of_transformers(quantized: ChatModel) -> None:
    for prompt in PROMPTS[:2]:
        quantized.engine.scheduler.pool.clear()
        assert answers(quantized, [prompt]) == [generate(quantized, prompt)]


def test_int4_answers_together_are_those_of_transformers(quantized: ChatModel) -> None:
    """Answers in int8 depend on each other, so only their lengths are checked.

    The columns that are computed in 16 bits are chosen for the whole batch: Dettmers et al., "LLM.int8()" (2022).
    """
    together = answers(quantized, PROMPTS)
    assert [len(tokens) for tokens in together] == [NUM_NEW] * len(PROMPTS)
    if quantized.info.quantization == "int4":
        assert together == [generate(quantized, prompt) for prompt in PROMPTS]


def test_quantised_layers_are_not_packed(quantized: ChatModel) -> None:
    llm = quantized.model.llm
    assert type(llm.model.layers[0].mlp.up_proj).__name__ in ("Linear4bit", "Linear8bitLt")
    assert isinstance(llm.lm_head, PackedLinear), "which is not quantised"
