"""Each answer is the same as alone, whatever else comes, ends, waits, fails or is computed again."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from model.engine.engine import Engine
from model.engine.kv_cache import RegionPool
from model.engine.recovery import RecoveringEngine
from model.engine.scheduler import Scheduler
from model.engine.sequence import Group, Priority
from model.errors import CacheTooSmall, DeviceError, OutOfMemory, PromptTooLong
from model.images import View
from model.prompt import Prompt
from model.sampling import SamplingParams
from tests.helpers.engine_requests import add_request, make_limits
from tests.helpers.fake_runner import END_IDS, VOCAB_SIZE, FakeRunner, compute_logits

GREEDY = SamplingParams(temperature=0, repetition_penalty=1.0, max_new_tokens=30)


def make_engine(num_blocks: int = 200, stops_cycles: bool = False, **limits: int) -> Engine:
    runner: Any = FakeRunner(num_blocks)
    scheduler = Scheduler(RegionPool(num_blocks), make_limits(**{"view_cost": 4, **limits}), runner.images)
    return RecoveringEngine(runner, scheduler, END_IDS, max_model_len=1000, stops_cycles=stops_cycles)


def prompt_of(token_ids: Sequence[int], *keys: bytes) -> Prompt:
    """Return a prompt with views of 8 tokens each at the positions 4, 16, 28, ..."""
    views = tuple(View(torch.empty(0), 1, 1, key) for key in keys)
    return Prompt(tuple(token_ids), views, tuple((4 + 12 * i, 12 + 12 * i) for i in range(len(keys))))


def finish(engine: Engine) -> None:
    for _ in range(20_000):
        if engine.is_idle:
            return
        engine.step()
        engine.scheduler.check()
    raise AssertionError("the engine does not come to an end")


def answer(prompt: Prompt, params: SamplingParams, **given: Any) -> list[list[int]]:
    engine = make_engine()
    group = add_request(engine, prompt, params, **given)
    finish(engine)
    return [sequence.generated for sequence in group.sequences]


def ids(seed: int, length: int) -> list[int]:
    return [random.Random(f"{seed} {i}").randrange(38) for i in range(length)]


def test_a_greedy_answer_is_the_best_token_each_time() -> None:
    (found,) = answer(prompt_of(ids(1, 50)), GREEDY)
    sequence = ids(1, 50)
    for token_id in found:
        assert token_id == int(compute_logits(np.array(sequence)).argmax())
        sequence.append(token_id)
    assert found[-1] in END_IDS or len(found) == 30


PARAMS = (
    GREEDY,
    SamplingParams(temperature=0, max_new_tokens=40, repetition_penalty=1.3, min_new_tokens=20),
    SamplingParams(seed=3, max_new_tokens=25),
    SamplingParams(seed=4, n=3, temperature=1.5, top_k=0, min_p=0.02, max_new_tokens=20),
    SamplingParams(temperature=0, num_beams=3, repetition_penalty=1.2, max_new_tokens=12),
    SamplingParams(seed=5, presence_penalty=1.0, frequency_penalty=0.5, max_new_tokens=60, min_new_tokens=60),
    SamplingParams(temperature=0, num_beams=2, min_new_tokens=5, max_new_tokens=30),
    SamplingParams(seed=6, logit_bias={7: 3.0, 8: -100}, stop_token_ids=(9,), logprobs=2, max_new_tokens=50),
)


@dataclass(frozen=True)
class Arrival:
    """A request, how many steps after the one before it comes, and after how many it is cancelled, if so."""

    prompt: Prompt
    params: SamplingParams
    gap: int
    patience: int | None


def arrivals() -> st.SearchStrategy[Arrival]:
    pictures = st.lists(st.sampled_from([b"red", b"blue", b"green"]), max_size=3)
    prompts = st.builds(
        lambda seed, length, end, keys: prompt_of([*ids(seed, length), end], *keys),
        st.integers(0, 2),
        st.integers(40, 140),
        st.integers(0, 37),
        pictures,
    )
    patience = st.one_of(st.none(), st.none(), st.integers(0, 15))
    return st.builds(Arrival, prompts, st.sampled_from(PARAMS), st.integers(0, 8), patience)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(arrivals(), min_size=1, max_size=12),
    st.sampled_from([24, 40, 300]),
    st.sampled_from([24, 64, 1000]),
    st.sampled_from([4, 16]),
)
def test_any_schedule_gives_each_request_the_answer_it_has_alone(
    schedule: list[Arrival], num_blocks: int, budget: int, max_num_seqs: int
) -> None:
    engine = make_engine(num_blocks, max_num_batched_tokens=budget, max_num_seqs=max_num_seqs)
    groups: list[Group] = []
    deadlines: dict[Group, int] = {}
    num_steps = 0
    for arrival in schedule:
        for _ in range(arrival.gap):
            num_steps = step(engine, deadlines, num_steps)
        groups.append(add_request(engine, arrival.prompt, arrival.params, arrival_s=num_steps))
        if arrival.patience is not None:
            deadlines[groups[-1]] = num_steps + arrival.patience
    while not engine.is_idle:
        num_steps = step(engine, deadlines, num_steps)
        assert num_steps < 20_000
    for arrival, group in zip(schedule, groups, strict=True):
        check_answer(arrival, group)
    assert engine.scheduler.pool.num_used == 0
    assert engine.runner.images.views == []  # type: ignore[attr-defined]


def step(engine: Engine, deadlines: dict[Group, int], num_steps: int) -> int:
    for group, deadline in deadlines.items():
        if num_steps >= deadline:
            engine.abort(group)
    engine.step()
    engine.scheduler.check()
    return num_steps + 1


def check_answer(arrival: Arrival, group: Group) -> None:
    assert group.error is None
    assert group.is_finished
    alone = answer(arrival.prompt, arrival.params)
    found = [sequence.generated for sequence in group.sequences]
    if any(sequence.finish_reason == "abort" for sequence in group.sequences):
        if group.beams is None:
            assert all(b[: len(a)] == a for a, b in zip(found, alone, strict=False))
        return
    assert found == alone
    for sequence in group.sequences:
        ended = {*END_IDS, *arrival.params.stop_token_ids}
        assert sequence.finish_reason == ("stop" if sequence.token_ids[-1] in ended else "length")


def test_samples_differ_and_the_first_is_that_of_a_single_sample() -> None:
    params = SamplingParams(seed=1, temperature=2.0, n=4, max_new_tokens=20, min_new_tokens=20)
    found = answer(prompt_of(ids(1, 60)), params)
    assert len({tuple(one) for one in found}) == 4
    single = SamplingParams(seed=1, temperature=2.0, max_new_tokens=20, min_new_tokens=20)
    assert answer(prompt_of(ids(1, 60)), single) == found[:1]


def test_samples_come_from_one_prefill() -> None:
    engine = make_engine()
    add_request(engine, prompt_of(ids(1, 100)), SamplingParams(n=5, max_new_tokens=4, min_new_tokens=4))
    finish(engine)
    runner: Any = engine.runner
    assert sum(batch.num_tokens for batch in runner.batches) == 100 + 5 * 3


def test_a_picture_is_encoded_once_for_all_requests_with_it() -> None:
    engine = make_engine()
    for seed in range(4):
        add_request(engine, prompt_of(ids(seed, 60), b"red", b"blue"), GREEDY)
    finish(engine)
    runner: Any = engine.runner
    assert sorted(runner.images.encoded) == [b"blue", b"red"]


def test_the_next_turn_finds_the_prompt_and_the_answer_in_the_cache() -> None:
    engine = make_engine()
    params = SamplingParams(temperature=0, max_new_tokens=40, min_new_tokens=40)
    first = add_request(engine, prompt_of(ids(1, 100)), params)
    finish(engine)
    add_request(engine, prompt_of([*first.sequences[0].token_ids, *ids(2, 20)]), params)
    engine.step()
    runner: Any = engine.runner
    assert runner.batches[-1].num_tokens == 160 - 128


def test_another_picture_is_never_found_in_the_cache() -> None:
    engine = make_engine()
    text = ids(1, 100)
    red = add_request(engine, prompt_of(text, b"red"), GREEDY)
    finish(engine)
    blue = add_request(engine, prompt_of(text, b"blue"), GREEDY)
    finish(engine)
    assert blue.num_cached == 0
    assert [blue.sequences[0].generated] == answer(prompt_of(text, b"blue"), GREEDY)
    assert red.sequences[0].generated != blue.sequences[0].generated


def test_high_priority_goes_first() -> None:
    engine = make_engine(max_num_seqs=1)
    late = add_request(engine, prompt_of(ids(1, 50)), GREEDY, arrival_s=1.0)
    first = add_request(engine, prompt_of(ids(2, 50)), GREEDY, Priority.HIGH, arrival_s=2.0)
    engine.step()
    assert first.sequences[0].num_generated == 1
    assert late.sequences[0].num_generated == 0


class OnlyEven:
    """A mask, and the answers that it was called with."""

    def __init__(self) -> None:
        self.calls: list[list[int]] = []

    def __call__(self, generated: Sequence[int]) -> np.ndarray[Any, np.dtype[np.bool_]]:
        self.calls.append(list(generated))
        allowed = np.zeros(VOCAB_SIZE, dtype=np.bool_)
        allowed[::2] = True
        return allowed


def test_a_mask_is_called_before_every_token() -> None:
    mask = OnlyEven()
    (found,) = answer(prompt_of(ids(1, 50)), GREEDY, mask=mask)
    assert all(token_id % 2 == 0 for token_id in found)
    assert mask.calls == [found[:i] for i in range(len(found))]


def test_a_cycle_is_ended_only_with_stops_cycles() -> None:
    forced = SamplingParams(temperature=0, logit_bias={5: 100.0}, max_new_tokens=500, repetition_penalty=1.0)
    engine = make_engine(stops_cycles=True)
    group = add_request(engine, prompt_of(ids(1, 50)), forced)
    finish(engine)
    assert group.sequences[0].finish_reason == "repetition"
    assert group.sequences[0].num_generated < 150
    assert len(answer(prompt_of(ids(1, 50)), forced)[0]) == 500


def test_stop_ends_one_sample_only() -> None:
    engine = make_engine()
    group = add_request(
        engine, prompt_of(ids(1, 50)), SamplingParams(seed=1, n=2, min_new_tokens=30, max_new_tokens=30)
    )
    for _ in range(5):
        engine.step()
    engine.stop(group, group.sequences[0])
    finish(engine)
    assert [sequence.num_generated for sequence in group.sequences] == [5, 30]
    assert [sequence.finish_reason for sequence in group.sequences] == ["stop", "length"]


def test_an_abort_frees_everything_at_once() -> None:
    engine = make_engine()
    group = add_request(engine, prompt_of(ids(1, 50), b"red"), GREEDY)
    engine.step()
    for _ in range(2):
        engine.abort(group)
    assert engine.is_idle
    assert engine.scheduler.pool.num_used == 0
    assert group.sequences[0].finish_reason == "abort"
    assert engine.step() == []


def test_a_step_that_fails_ends_its_own_groups_only() -> None:
    engine = make_engine(max_num_seqs=2)
    runner: Any = engine.runner
    runner.errors = {3: RuntimeError("the device is lost")}
    groups = [add_request(engine, prompt_of(ids(seed, 50)), GREEDY, arrival_s=seed) for seed in range(4)]
    finish(engine)
    assert [str(group.error) for group in groups] == ["the device is lost"] * 2 + ["None"] * 2
    assert [group.sequences[0].finish_reason for group in groups[:2]] == ["error", "error"]
    for seed, group in enumerate(groups[2:], start=2):
        assert [group.sequences[0].generated] == answer(prompt_of(ids(seed, 50)), GREEDY)


def test_a_view_that_cannot_be_encoded_ends_its_request() -> None:
    engine = make_engine(max_num_batched_tokens=20, view_cost=500)
    runner: Any = engine.runner
    group = add_request(engine, prompt_of(ids(1, 50), b"red"), GREEDY)
    runner.errors = {1: RuntimeError("no such picture")}
    assert engine.step() == [group]
    assert not runner.batches[0].rows, "its view alone was asked for"
    assert str(group.error) == "no such picture"
    assert engine.is_idle


def test_nothing_of_a_failed_step_is_found_in_the_cache() -> None:
    engine = make_engine()
    runner: Any = engine.runner
    runner.errors = {3: RuntimeError("lost")}
    add_request(engine, prompt_of(ids(1, 100)), GREEDY)
    finish(engine)
    again = add_request(engine, prompt_of(ids(1, 100)), GREEDY)
    finish(engine)
    assert again.num_cached == 0
    assert [again.sequences[0].generated] == answer(prompt_of(ids(1, 100)), GREEDY)


def test_out_of_memory_makes_steps_smaller_and_tries_again() -> None:
    engine = make_engine(max_num_batched_tokens=80, max_num_seqs=8)
    runner: Any = engine.runner
    runner.errors = {1: OutOfMemory("no memory")}
    group = add_request(engine, prompt_of(ids(1, 100)), GREEDY)
    finish(engine)
    assert group.error is None
    assert max(batch.num_tokens for batch in runner.batches[1:]) == 40
    assert [group.sequences[0].generated] == answer(prompt_of(ids(1, 100)), GREEDY)


def test_out_of_memory_twice_ends_a_single_request() -> None:
    engine = make_engine()
    runner: Any = engine.runner
    runner.errors = {1: OutOfMemory("no memory"), 2: OutOfMemory("still none")}
    group = add_request(engine, prompt_of(ids(1, 100)), GREEDY)
    finish(engine)
    assert str(group.error) == "still none"


def test_repeated_out_of_memory_sheds_the_youngest_half() -> None:
    engine = make_engine(max_num_seqs=8)
    runner: Any = engine.runner
    groups = [add_request(engine, prompt_of(ids(seed, 50)), GREEDY, arrival_s=seed) for seed in range(4)]
    engine.step()
    runner.errors = {number: OutOfMemory("no memory") for number in (2, 3)}
    assert set(engine.step()) == set(groups)
    engine.scheduler.check()
    finish(engine)
    assert [str(group.error) for group in groups] == ["None", "None", "no memory", "no memory"]
    assert engine.stats.num_shed == 2
    for seed, group in enumerate(groups[:2]):
        assert [group.sequences[0].generated] == answer(prompt_of(ids(seed, 50)), GREEDY)


def test_out_of_memory_to_the_end_ends_the_step_and_the_engine_goes_on() -> None:
    engine = make_engine()
    runner: Any = engine.runner
    runner.errors = {number: OutOfMemory("no memory") for number in (1, 2, 3, 4)}
    groups = [add_request(engine, prompt_of(ids(seed, 50)), GREEDY, arrival_s=seed) for seed in range(4)]
    engine.step()
    assert [group.sequences[0].finish_reason for group in groups] == ["error"] * 4
    assert engine.scheduler.pool.num_used == 0
    last = add_request(engine, prompt_of(ids(9, 50)), GREEDY)
    finish(engine)
    assert [last.sequences[0].generated] == answer(prompt_of(ids(9, 50)), GREEDY)


def test_a_lost_device_ends_the_step_and_is_raised() -> None:
    engine = make_engine()
    runner: Any = engine.runner
    runner.errors = {1: DeviceError("an illegal address")}
    group = add_request(engine, prompt_of(ids(1, 50)), GREEDY)
    with pytest.raises(DeviceError, match="an illegal address"):
        engine.step()
    assert group.is_finished


def test_a_request_that_cannot_fit_is_refused_at_once() -> None:
    engine = make_engine(num_blocks=10, max_num_seqs=4)
    with pytest.raises(PromptTooLong, match="has 1000 tokens, the limit is 999"):
        add_request(engine, prompt_of(ids(1, 1000)), GREEDY)
    with pytest.raises(CacheTooSmall, match="may need 352 places in the KV cache, which has 320"):
        add_request(engine, prompt_of(ids(1, 300)), GREEDY)
    with pytest.raises(CacheTooSmall):
        add_request(engine, prompt_of(ids(1, 10)), SamplingParams(n=5, max_new_tokens=5))
    assert engine.is_idle
    assert engine.runner.images.views == []  # type: ignore[attr-defined]


def test_an_answer_gets_what_the_context_leaves() -> None:
    engine = make_engine()
    group = add_request(engine, prompt_of(ids(1, 990)), SamplingParams(min_new_tokens=30))
    finish(engine)
    assert group.sequences[0].num_generated == 10
    assert group.sequences[0].finish_reason == "length"
