"""An engine with a fake runner, whose tokens depend on all that it computed before."""

import random
from collections.abc import Sequence
from typing import Any

import torch

from model.engine.engine import Engine
from model.engine.kv_cache import RegionPool
from model.engine.recovery import RecoveringEngine
from model.engine.scheduler import Scheduler
from model.images import View
from model.prompt import Prompt
from model.sampling import SamplingParams
from tests.helpers.engine_requests import add_request, make_limits
from tests.helpers.fake_runner import END_IDS, FakeRunner

GREEDY = SamplingParams(temperature=0, repetition_penalty=1.0, max_new_tokens=30)


def make_engine(num_blocks: int = 200, stops_cycles: bool = False, **limits: int) -> Engine:
    runner: Any = FakeRunner(num_blocks)
    scheduler = Scheduler(RegionPool(num_blocks), make_limits(**{"view_cost": 4, **limits}), runner.images)
    return RecoveringEngine(runner, scheduler, END_IDS, max_model_len=1000, stops_cycles=stops_cycles)


def make_prompt(token_ids: Sequence[int], *keys: bytes) -> Prompt:
    """Return a prompt with views of 8 tokens each at the positions 4, 16, 28, ..."""
    views = tuple(View(torch.empty(0), 1, 1, key) for key in keys)
    return Prompt(tuple(token_ids), views, tuple((4 + 12 * i, 12 + 12 * i) for i in range(len(keys))))


def finish(engine: Engine) -> None:
    """Compute steps until nothing waits or runs, and check the invariants after each."""
    for _ in range(20_000):
        if engine.is_idle:
            return
        engine.step()
        engine.scheduler.check()
    raise AssertionError("the engine does not come to an end")


def answer_alone(prompt: Prompt, params: SamplingParams, **given: Any) -> list[list[int]]:
    """Return the tokens of each sample of a request, computed in an engine of its own."""
    engine = make_engine()
    group = add_request(engine, prompt, params, **given)
    finish(engine)
    return [sequence.generated for sequence in group.sequences]


def draw_ids(seed: int, length: int) -> list[int]:
    """Return token ids that are no end tokens."""
    return [random.Random(f"{seed} {i}").randrange(38) for i in range(length)]
