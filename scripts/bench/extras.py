"""What throughput does not show: the second turn, the gaps in running streams, and the time outside the forward."""

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

DIALOGUE = 1000
DOCUMENT = 8000
NUM_STREAMS = 8
PICTURE_SIZE = (1344, 1344)
"""Nine slices and the whole."""


def greedy(num_new: int) -> SamplingParams:
    return SamplingParams(temperature=0, repetition_penalty=1.0, max_new_tokens=num_new)


def random_ids(seed: int, count: int, preset: Preset) -> tuple[int, ...]:
    rng = random.Random(seed)
    return tuple(rng.randrange(preset.llm["vocab_size"]) for _ in range(count))


def time_to_first_token(engine: Engine, prompt: Prompt, num_new: int) -> tuple[float, Group]:
    """In seconds; the answer is finished before this returns."""
    start = time.perf_counter()
    group = add_request(engine, prompt, greedy(num_new))
    while not group.sequences[0].num_generated:
        engine.step()
    elapsed = time.perf_counter() - start
    while not engine.is_idle:
        engine.step()
    return elapsed, group


def follow_up(engine: Engine, preset: Preset) -> dict[str, float]:
    """Time to the first token of a dialogue's first turn, and of a short question after it."""
    engine.scheduler.pool.clear()
    first, group = time_to_first_token(engine, Prompt(random_ids(1, DIALOGUE, preset)), preset.num_new)
    said = (*group.sequences[0].token_ids, *random_ids(2, 20, preset))
    second, _ = time_to_first_token(engine, Prompt(said), 2)
    return {"first_s": first, "second_s": second, "ratio": second / first}


def worst_gap(engine: Engine, preset: Preset) -> dict[str, float]:
    """Streams run while a large picture and a long document arrive: each step is a gap between two of their tokens."""
    engine.scheduler.pool.clear()
    streams = [add_request(engine, Prompt(random_ids(i, 64, preset)), greedy(2000)) for i in range(NUM_STREAMS)]
    while not all(group.is_decoding and group.sequences[0].num_generated > 2 for group in streams):
        engine.step()
    picture = add_request(engine, picture_prompt(preset), greedy(4))
    document = add_request(engine, Prompt(random_ids(99, DOCUMENT, preset)), greedy(4))
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


def picture_prompt(preset: Preset) -> Prompt:
    """A noisy picture's views with a few words around each."""
    picture = Image.effect_noise(PICTURE_SIZE, 80).convert("RGB")
    views = ImageProcessor()(picture).views
    ids: list[int] = []
    bounds = []
    for index, _ in enumerate(views):
        ids += random_ids(index, 4, preset)
        bounds.append((len(ids), len(ids) + 64))
        ids += [0] * 64
    return Prompt((*ids, *random_ids(50, 20, preset)), views, tuple(bounds))


def overhead(engine: Engine, preset: Preset) -> dict[str, float]:
    """The share of decode steps that is spent outside the language model and its head: greedy, and with the defaults
    of sampling."""
    greedy_step, greedy_share = _outside(engine, preset, greedy(preset.num_new))
    step, share = _outside(engine, preset, SamplingParams(max_new_tokens=preset.num_new, seed=0))
    return {"step_s": greedy_step, "share": greedy_share, "sampled_step_s": step, "sampled_share": share}


def _outside(engine: Engine, preset: Preset, params: SamplingParams) -> tuple[float, float]:
    """Seconds a decode step, and the share of them outside the model."""
    engine.scheduler.pool.clear()
    groups = [add_request(engine, Prompt(random_ids(i, 64, preset)), params) for i in range(preset.num_requests)]
    while not all(group.is_decoding and group.sequences[0].num_generated for group in groups):
        engine.step()
    clock = Clock(engine.runner)
    num_steps, start = 0, time.perf_counter()
    while not engine.is_idle:
        engine.step()
        num_steps += 1
    total = time.perf_counter() - start
    clock.stop()
    return total / max(num_steps, 1), 1 - clock.seconds / total


class Clock:
    """Adds up the time in the language model and its head, until `stop`ped."""

    def __init__(self, runner: ModelRunner) -> None:
        self.seconds = 0.0
        self._runner = runner
        self._start = 0.0
        self._hooks: list[RemovableHandle] = []
        if runner.graphs is not None:
            self._replay = runner.graphs.run
            runner.graphs.run = self._timed_replay  # type: ignore[method-assign]
            return
        for module in (runner.model.llm.model, runner.model.llm.lm_head):
            self._hooks.append(module.register_forward_pre_hook(self._begin))
            self._hooks.append(module.register_forward_hook(self._end))

    def _timed_replay(self, rows: Sequence[DecodeRow]) -> Tensor:
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
