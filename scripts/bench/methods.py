"""Methods to answer the same requests. Each returns its tokens per second, all requests together."""

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


def make_generation_config(num_new: int) -> GenerationConfig:
    """Return the configuration of greedy answers with exactly `num_new` tokens."""
    return GenerationConfig(max_new_tokens=num_new, do_sample=False, eos_token_id=None, pad_token_id=0)


def run_sequential(model: MiniCPMV, prompts: Sequence[Ids], num_new: int) -> float:
    """Answer one request after another with transformers' `generate`, as the reference does."""
    set_attention(model, "sdpa")
    start = time.perf_counter()
    for prompt in prompts:
        ids = torch.tensor([prompt], device=model.device)
        model.llm.generate(ids, attention_mask=torch.ones_like(ids), generation_config=make_generation_config(num_new))
    return len(prompts) * num_new / _measure_elapsed(model, start)


def run_padded(model: MiniCPMV, prompts: Sequence[Ids], num_new: int, batch_size: int) -> float:
    """Answer left-padded batches with `generate`, each as long as its longest prompt."""
    set_attention(model, "sdpa")
    start = time.perf_counter()
    for first in range(0, len(prompts), batch_size):
        ids, mask = _left_pad(prompts[first : first + batch_size], model.device)
        model.llm.generate(ids, attention_mask=mask, generation_config=make_generation_config(num_new))
    return len(prompts) * num_new / _measure_elapsed(model, start)


def _left_pad(prompts: Sequence[Ids], device: torch.device) -> tuple[Tensor, Tensor]:
    length = max(map(len, prompts))
    ids = torch.tensor([[0] * (length - len(prompt)) + prompt for prompt in prompts], device=device)
    mask = torch.tensor([[0] * (length - len(prompt)) + [1] * len(prompt) for prompt in prompts], device=device)
    return ids, mask


def run_transformers_cb(model: MiniCPMV, prompts: Sequence[Ids], num_new: int) -> float:
    """Answer with transformers' own continuous batching."""
    set_attention(model, "sdpa")
    num_blocks = 2 * sum(-(-(len(prompt) + num_new) // 256) for prompt in prompts)
    config = ContinuousBatchingConfig(
        num_blocks=num_blocks, max_batch_tokens=512, max_requests_per_batch=len(prompts), allow_block_sharing=False
    )
    start = time.perf_counter()
    outputs = model.llm.generate_batch(
        [list(prompt) for prompt in prompts], make_generation_config(num_new), config, progress_bar=False
    )
    elapsed = _measure_elapsed(model, start)
    num_tokens = sum(len(output.generated_tokens) for output in outputs.values())
    if num_tokens != len(prompts) * num_new:
        raise RuntimeError(f"transformers' continuous batching gave {num_tokens} tokens of {len(prompts) * num_new}")
    return num_tokens / elapsed


def make_engine(model: MiniCPMV, preset: Preset) -> Engine:
    return build_engine(model, (), "auto", EngineOptions(kv_cache_bytes=preset.kv_cache_bytes))


def run_engine(engine: Engine, prompts: Sequence[Ids], num_new: int) -> float:
    """Answer all requests at once with our engine, with nothing in its cache."""
    engine.scheduler.pool.clear()
    params = SamplingParams(temperature=0, repetition_penalty=1.0, max_new_tokens=num_new)
    start = time.perf_counter()
    for prompt in prompts:
        add_request(engine, Prompt(tuple(prompt)), params)
    while not engine.is_idle:
        engine.step()
    return len(prompts) * num_new / _measure_elapsed(engine.runner.model, start)


def add_request(engine: Engine, prompt: Prompt, params: SamplingParams) -> Group:
    return engine.add(prompt, params, engine.limit_new_tokens(prompt, params))


def _measure_elapsed(model: MiniCPMV, start: float) -> float:
    if model.device.type == "cuda":
        torch.cuda.synchronize()
    return time.perf_counter() - start
