"""Ways to answer the same requests, each timed from the first to the last token of all."""

import time
from collections.abc import Sequence

import torch
from torch import Tensor
from transformers import ContinuousBatchingConfig, GenerationConfig

from model.engine.build import build_engine, set_attention
from model.engine.engine import Engine
from model.engine.sequence import Group
from model.minicpmv import MiniCPMV
from model.options import EngineOptions
from model.prompt import Prompt
from model.sampling import SamplingParams
from scripts.bench.models import Preset

Ids = list[int]


def generation(num_new: int) -> GenerationConfig:
    """Greedy, exactly so many tokens."""
    return GenerationConfig(max_new_tokens=num_new, do_sample=False, eos_token_id=None, pad_token_id=0)


def sequential(model: MiniCPMV, prompts: Sequence[Ids], num_new: int) -> float:
    """One after another through transformers' `generate`, as the reference does. Tokens a second."""
    set_attention(model, "sdpa")
    start = time.perf_counter()
    for prompt in prompts:
        ids = torch.tensor([prompt], device=model.device)
        model.llm.generate(ids, attention_mask=torch.ones_like(ids), generation_config=generation(num_new))
    return len(prompts) * num_new / _elapsed(model, start)


def padded(model: MiniCPMV, prompts: Sequence[Ids], num_new: int, batch_size: int) -> float:
    """Left-padded batches, each as long as its longest."""
    set_attention(model, "sdpa")
    start = time.perf_counter()
    for first in range(0, len(prompts), batch_size):
        ids, mask = _left_pad(prompts[first : first + batch_size], model.device)
        model.llm.generate(ids, attention_mask=mask, generation_config=generation(num_new))
    return len(prompts) * num_new / _elapsed(model, start)


def _left_pad(prompts: Sequence[Ids], device: torch.device) -> tuple[Tensor, Tensor]:
    length = max(map(len, prompts))
    ids = torch.tensor([[0] * (length - len(prompt)) + prompt for prompt in prompts], device=device)
    mask = torch.tensor([[0] * (length - len(prompt)) + [1] * len(prompt) for prompt in prompts], device=device)
    return ids, mask


def transformers_cb(model: MiniCPMV, prompts: Sequence[Ids], num_new: int) -> float:
    """transformers' own continuous batching."""
    set_attention(model, "sdpa")
    num_blocks = 2 * sum(-(-(len(prompt) + num_new) // 256) for prompt in prompts)
    config = ContinuousBatchingConfig(
        num_blocks=num_blocks, max_batch_tokens=512, max_requests_per_batch=len(prompts), allow_block_sharing=False
    )
    start = time.perf_counter()
    outputs = model.llm.generate_batch(
        [list(prompt) for prompt in prompts], generation(num_new), config, progress_bar=False
    )
    elapsed = _elapsed(model, start)
    num_tokens = sum(len(output.generated_tokens) for output in outputs.values())
    if num_tokens != len(prompts) * num_new:
        raise RuntimeError(f"transformers' continuous batching gave {num_tokens} tokens of {len(prompts) * num_new}")
    return num_tokens / elapsed


def make_engine(model: MiniCPMV, preset: Preset) -> Engine:
    return build_engine(model, (), "auto", EngineOptions(kv_cache_bytes=preset.kv_cache_bytes))


def engine(engine: Engine, prompts: Sequence[Ids], num_new: int) -> float:
    """All at once through ours, nothing in its cache."""
    engine.scheduler.pool.clear()
    params = SamplingParams(temperature=0, repetition_penalty=1.0, max_new_tokens=num_new)
    start = time.perf_counter()
    for prompt in prompts:
        add_request(engine, Prompt(tuple(prompt)), params)
    while not engine.is_idle:
        engine.step()
    return len(prompts) * num_new / _elapsed(engine.runner.model, start)


def add_request(engine: Engine, prompt: Prompt, params: SamplingParams) -> Group:
    return engine.add(prompt, params, engine.limit_new_tokens(prompt, params))


def _elapsed(model: MiniCPMV, start: float) -> float:
    if model.device.type == "cuda":
        torch.cuda.synchronize()
    return time.perf_counter() - start
