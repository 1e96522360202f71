"""Requests for tests, and the engine's loop without a model."""

from collections.abc import Iterator, Sequence
from typing import Any

from model.engine.batch import Batch
from model.engine.budget import Limits
from model.engine.engine import Engine
from model.engine.kv_cache import RegionPool
from model.engine.prefix import PrefixKeys, ViewSpan
from model.engine.scheduler import Scheduler
from model.engine.sequence import Group
from model.engine.sequence import Sequence as EngineSequence
from model.prompt import Prompt
from model.sampling import SamplingParams


def add_request(engine: Engine, prompt: Prompt, params: SamplingParams, *args: Any, **given: Any) -> Group:
    """Check a request as `ChatModel.prepare` does, and queue it."""
    return engine.add(prompt, params, engine.limit_new_tokens(prompt, params), *args, **given)


def make_limits(max_num_seqs: int = 64, max_num_batched_tokens: int = 2048, view_cost: int = 64) -> Limits:
    return Limits(max_num_seqs, max_num_batched_tokens, view_cost)


def make_group(
    token_ids: Sequence[int],
    rank: float = 0.0,
    spans: tuple[ViewSpan, ...] = (),
    max_new_tokens: int = 100,
    **given: Any,
) -> Group:
    sequence = EngineSequence(list(token_ids), len(token_ids), max_new_tokens, PrefixKeys(spans))
    params = SamplingParams(max_new_tokens=max_new_tokens, **given)
    return Group([sequence], params, spans, rank)


def make_scheduler(num_blocks: int = 100, images: Any = (), **limits: int) -> Scheduler:
    return Scheduler(RegionPool(num_blocks), make_limits(**limits), images)


def step(scheduler: Scheduler, token_id: int = 1) -> Batch:
    """Run one step in which every sampled row gets the same token, and check the pool's invariants."""
    batch = scheduler.schedule()
    scheduler.check()
    scheduler.commit(batch)
    for row in batch.rows:
        sequence = row.sequence
        if sequence.finish_reason is None and row.is_sampled:
            sequence.token_ids.append(token_id)
            if sequence.num_generated >= sequence.max_new_tokens:
                scheduler.finish(row.group, sequence, "length")
    scheduler.check()
    return batch


def run(scheduler: Scheduler, max_steps: int = 10_000) -> Iterator[Batch]:
    """Yield the batches of all steps until nothing waits or runs."""
    for _ in range(max_steps):
        if scheduler.is_idle:
            return
        yield step(scheduler)
    raise AssertionError(f"not done after {max_steps} steps")
