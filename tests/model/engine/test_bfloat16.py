"""Answers in bfloat16 differ from transformers' only where the two best tokens were close."""

import pytest
import torch
from torch import Tensor
from transformers import GenerationConfig

from model.engine.build import build_engine, set_attention
from model.minicpmv import MiniCPMV
from model.options import EngineOptions
from model.prompt import Prompt
from model.sampling import SamplingParams
from scripts.bench.models import PRESETS, make_model
from tests.helpers.engine_requests import add_request

PROMPTS = [tuple(range(start, start + length)) for start, length in ((5, 3), (40, 90), (7, 31), (200, 64), (90, 17))]
NUM_NEW = 24
MAX_STEPS_APART = 3
"""The largest distance of the two best logits, in steps from one bfloat16 number to the next."""


def generate(model: MiniCPMV, prompt: tuple[int, ...]) -> list[int]:
    ids = torch.tensor([prompt], device=model.device)
    config = GenerationConfig(max_new_tokens=NUM_NEW, do_sample=False, eos_token_id=None, pad_token_id=0)
    out = model.llm.generate(ids, attention_mask=torch.ones_like(ids), generation_config=config)
    return list(out[0, len(prompt) :].tolist())


def count_steps_apart(logits: Tensor) -> float:
    """Return the distance of the two best logits `[vocab_size]`, in steps of bfloat16."""
    best, second = logits.float().topk(2).values.tolist()
    step = 2.0 ** (torch.tensor(best).abs().log2().floor().item() - 7)  # 8 bits of precision
    return float((best - second) / step)


@pytest.mark.parametrize("device", ["cpu", pytest.param("cuda", marks=pytest.mark.gpu)])
@torch.inference_mode()
def test_answers_differ_only_where_the_choice_was_close(device: str) -> None:
    model = make_model(PRESETS["tiny"]).to(device, torch.bfloat16)
    set_attention(model, "sdpa")
    expected = [generate(model, prompt) for prompt in PROMPTS]
    logits = [
        model.llm(torch.tensor([[*p, *said]], device=device)).logits[0]
        for p, said in zip(PROMPTS, expected, strict=True)
    ]
    engine = build_engine(model, (), "auto", EngineOptions(max_num_batched_tokens=48, kv_cache_bytes=1 << 22))
    params = SamplingParams(temperature=0, repetition_penalty=1.0, max_new_tokens=NUM_NEW)
    groups = [add_request(engine, Prompt(prompt), params) for prompt in PROMPTS]
    while not engine.is_idle:
        engine.step()
    num_same = 0
    for prompt, group, said, rows in zip(PROMPTS, groups, expected, logits, strict=True):
        found = group.sequences[0].generated
        first = next((i for i in range(NUM_NEW) if found[i] != said[i]), None)
        if first is None:
            num_same += 1
        else:
            assert count_steps_apart(rows[len(prompt) + first - 1]) <= MAX_STEPS_APART
    assert num_same >= 1, "not all of them are close"
