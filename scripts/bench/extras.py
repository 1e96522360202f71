"""Measurements beside throughput: the second turn, the gaps in running streams, and the time outside the forward."""

import random
import statistics
import time
from collections.abc import Sequence

import torch
from PIL import Image
from torch import Tensor
from torch.utils.hooks import RemovableHandle

from model.engine.engine import Engine
from model.engine.graphs import DecodeRow
from model.engine.runner import ModelRunner
from model.engine.sequence import Group
from model.images import ImageProcessor
from model.prompt import Prompt
from model.sampling import SamplingParams
from scripts.bench.methods import add_request
from scripts.bench.models import Preset

NUM_DIALOGUE_TOKENS = 1000
NUM_DOCUMENT_TOKENS = 8000
NUM_STREAMS = 8
PICTURE_SIZE = (1344, 1344)
"""A size that gives ten views: nine slices and the whole."""


def make_greedy(num_new: int) -> SamplingParams:
    return SamplingParams(temperature=0, repetition_penalty=1.0, max_new_tokens=num_new)


def draw_ids(seed: int, count: int, preset: Preset) -> tuple[int, ...]:
    rng = random.Random(seed)
    return tuple(rng.randrange(preset.llm["vocab_size"]) for _ in range(count))


def time_first_token(engine: Engine, prompt: Prompt, num_new: int) -> tuple[float, Group]:
    """Return the seconds to the first token, and the group of the answer, which is finished."""
    start = time.perf_counter()
    group = add_request(engine, prompt, make_greedy(num_new))
    while not group.sequences[0].num_generated:
        engine.step()
    elapsed = time.perf_counter() - start
    while not engine.is_idle:
        engine.step()
    return elapsed, group


def measure_follow_up(engine: Engine, preset: Preset) -> dict[str, float]:
    """Measure the time to the first token of a dialogue's first turn, and of a short question after it."""
    engine.scheduler.pool.clear()
    first, group = time_first_token(engine, Prompt(draw_ids(1, NUM_DIALOGUE_TOKENS, preset)), preset.num_new)
    dialogue = (*group.sequences[0].token_ids, *draw_ids(2, 20, preset))
    second, _ = time_first_token(engine, Prompt(dialogue), 2)
    return {"first_s": first, "second_s": second, "ratio": second / first}


def measure_worst_gap(engine: Engine, preset: Preset) -> dict[str, float]:
    """Measure the longest gap in running streams while a large picture and a long document arrive."""
    engine.scheduler.pool.clear()
    streams = [add_request(engine, Prompt(draw_ids(i, 64, preset)), make_greedy(2000)) for i in range(NUM_STREAMS)]
    while not all(group.is_decoding and group.sequences[0].num_generated > 2 for group in streams):
        engine.step()
    picture = add_request(engine, make_picture_prompt(preset), make_greedy(4))
    document = add_request(engine, Prompt(draw_ids(99, NUM_DOCUMENT_TOKENS, preset)), make_greedy(4))
    gaps, full = [], []
    while not (picture.is_finished and document.is_finished):
        before, start = engine.runner.num_tokens, time.perf_counter()
        engine.step()
        gaps.append(time.perf_counter() - start)
        if engine.runner.num_tokens - before == engine.scheduler.limits.max_num_batched_tokens:
            full.append(gaps[-1])
    for group in streams:
        engine.abort(group)
    median = statistics.median(full or gaps)
    return {"worst_s": max(gaps), "median_full_step_s": median, "ratio": max(gaps) / median}


def make_picture_prompt(preset: Preset) -> Prompt:
    """Return a prompt of a noisy picture's views, with a few tokens around each."""
    picture = Image.effect_noise(PICTURE_SIZE, 80).convert("RGB")
    views = ImageProcessor()(picture).views
    ids: list[int] = []
    bounds = []
    for index, _ in enumerate(views):
        ids += draw_ids(index, 4, preset)
        bounds.append((len(ids), len(ids) + 64))
        ids += [0] * 64
    return Prompt((*ids, *draw_ids(50, 20, preset)), views, tuple(bounds))


def measure_overhead(engine: Engine, preset: Preset) -> dict[str, float]:
    """Measure the share of decode steps spent outside the language model and its head, greedy and with sampling."""
    greedy_step, greedy_share = _measure_outside(engine, preset, make_greedy(preset.num_new))
    step, share = _measure_outside(engine, preset, SamplingParams(max_new_tokens=preset.num_new, seed=0))
    return {"step_s": greedy_step, "share": greedy_share, "sampled_step_s": step, "sampled_share": share}


def _measure_outside(engine: Engine, preset: Preset, params: SamplingParams) -> tuple[float, float]:
    """Return the seconds of a decode step, and the share of them spent outside the model."""
    engine.scheduler.pool.clear()
    groups = [add_request(engine, Prompt(draw_ids(i, 64, preset)), params) for i in range(preset.num_requests)]
    while not all(group.is_decoding and group.sequences[0].num_generated for group in groups):
        engine.step()
    clock = ModelClock(engine.runner)
    num_steps, start = 0, time.perf_counter()
    while not engine.is_idle:
        engine.step()
        num_steps += 1
    total = time.perf_counter() - start
    clock.stop()
    return total / max(num_steps, 1), 1 - clock.seconds / total


class ModelClock:
    """A clock that adds up the time in the language model and its head, from its creation to `stop()`."""

    def __init__(self, runner: ModelRunner) -> None:
        self.seconds = 0.0
        self._runner = runner
        self._start = 0.0
        self._hooks: list[RemovableHandle] = []
        if runner.graphs is not None:
            self._replay = runner.graphs.run
            runner.graphs.run = self._time_replay  # type: ignore[method-assign]
            return
        for module in (runner.model.llm.model, runner.model.llm.lm_head):
            self._hooks.append(module.register_forward_pre_hook(self._begin))
            self._hooks.append(module.register_forward_hook(self._end))

    def _time_replay(self, rows: Sequence[DecodeRow]) -> Tensor:
        self._begin()
        logits = self._replay(rows)
        self._end()
        return logits

    def _begin(self, *_: object) -> None:
        self._start = time.perf_counter()

    def _end(self, *_: object) -> None:
        if self._runner.pool.is_cuda:
            torch.cuda.synchronize()
        self.seconds += time.perf_counter() - self._start

    def stop(self) -> None:
        if self._runner.graphs is not None:
            self._runner.graphs.run = self._replay  # type: ignore[method-assign]
        for hook in self._hooks:
            hook.remove()
