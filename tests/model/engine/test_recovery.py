"""A failed step ends only what it must, and the engine goes on."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model.engine.sequence import Group
from model.errors import DeviceError, OutOfMemory
from model.sampling import SamplingParams
from tests.helpers.engine_requests import add_request
from tests.helpers.fake_engine import GREEDY, answer_alone, draw_ids, finish, make_engine, make_prompt
from tests.helpers.fake_runner import VOCAB_SIZE


def test_a_step_that_fails_ends_its_own_groups_only() -> None:
    engine = make_engine(max_num_seqs=2)
    runner: Any = engine.runner
    runner.errors = {3: RuntimeError("the device is lost")}
    groups = [add_request(engine, make_prompt(draw_ids(seed, 50)), GREEDY, arrival_s=seed) for seed in range(4)]
    finish(engine)
    assert [str(group.error) for group in groups] == ["the device is lost"] * 2 + ["None"] * 2
    assert [group.sequences[0].finish_reason for group in groups[:2]] == ["error", "error"]
    for seed, group in enumerate(groups[2:], start=2):
        assert [group.sequences[0].generated] == answer_alone(make_prompt(draw_ids(seed, 50)), GREEDY)


def test_a_view_that_cannot_be_encoded_ends_its_request() -> None:
    engine = make_engine(max_num_batched_tokens=20, view_cost=500)
    runner: Any = engine.runner
    group = add_request(engine, make_prompt(draw_ids(1, 50), b"red"), GREEDY)
    runner.errors = {1: RuntimeError("no such picture")}
    assert engine.step() == [group]
    assert not runner.batches[0].rows, "its view alone was asked for"
    assert str(group.error) == "no such picture"
    assert engine.is_idle


def test_nothing_of_a_failed_step_is_found_in_the_cache() -> None:
    engine = make_engine()
    runner: Any = engine.runner
    runner.errors = {3: RuntimeError("lost")}
    add_request(engine, make_prompt(draw_ids(1, 100)), GREEDY)
    finish(engine)
    again = add_request(engine, make_prompt(draw_ids(1, 100)), GREEDY)
    finish(engine)
    assert again.num_cached == 0
    assert [again.sequences[0].generated] == answer_alone(make_prompt(draw_ids(1, 100)), GREEDY)


def test_out_of_memory_makes_steps_smaller_and_tries_again() -> None:
    engine = make_engine(max_num_batched_tokens=80, max_num_seqs=8)
    runner: Any = engine.runner
    runner.errors = {1: OutOfMemory("no memory")}
    group = add_request(engine, make_prompt(draw_ids(1, 100)), GREEDY)
    finish(engine)
    assert group.error is None
    assert max(batch.num_tokens for batch in runner.batches[1:]) == 40
    assert [group.sequences[0].generated] == answer_alone(make_prompt(draw_ids(1, 100)), GREEDY)


def test_out_of_memory_twice_ends_a_single_request() -> None:
    engine = make_engine()
    runner: Any = engine.runner
    runner.errors = {1: OutOfMemory("no memory"), 2: OutOfMemory("still none")}
    group = add_request(engine, make_prompt(draw_ids(1, 100)), GREEDY)
    finish(engine)
    assert str(group.error) == "still none"


def test_repeated_out_of_memory_sheds_the_youngest_half() -> None:
    engine = make_engine(max_num_seqs=8)
    runner: Any = engine.runner
    groups = [add_request(engine, make_prompt(draw_ids(seed, 50)), GREEDY, arrival_s=seed) for seed in range(4)]
    engine.step()
    runner.errors = {number: OutOfMemory("no memory") for number in (2, 3)}
    assert set(engine.step()) == set(groups)
    engine.scheduler.check()
    finish(engine)
    assert [str(group.error) for group in groups] == ["None", "None", "no memory", "no memory"]
    assert engine.stats.num_shed == 2
    for seed, group in enumerate(groups[:2]):
        assert [group.sequences[0].generated] == answer_alone(make_prompt(draw_ids(seed, 50)), GREEDY)


def test_out_of_memory_to_the_end_ends_the_step_and_the_engine_goes_on() -> None:
    engine = make_engine()
    runner: Any = engine.runner
    runner.errors = {number: OutOfMemory("no memory") for number in (1, 2, 3, 4)}
    groups = [add_request(engine, make_prompt(draw_ids(seed, 50)), GREEDY, arrival_s=seed) for seed in range(4)]
    engine.step()
    assert [group.sequences[0].finish_reason for group in groups] == ["error"] * 4
    assert engine.scheduler.pool.num_used == 0
    last = add_request(engine, make_prompt(draw_ids(9, 50)), GREEDY)
    finish(engine)
    assert [last.sequences[0].generated] == answer_alone(make_prompt(draw_ids(9, 50)), GREEDY)


def test_a_lost_device_ends_the_step_and_is_raised() -> None:
    engine = make_engine()
    runner: Any = engine.runner
    runner.errors = {1: DeviceError("an illegal address")}
    group = add_request(engine, make_prompt(draw_ids(1, 50)), GREEDY)
    with pytest.raises(DeviceError, match="an illegal address"):
        engine.step()
    assert group.is_finished


SAMPLED = SamplingParams(seed=3, max_new_tokens=25)
BEAMS = SamplingParams(temperature=0, num_beams=3, max_new_tokens=12)


@settings(max_examples=40, deadline=None)
@given(
    st.dictionaries(st.integers(1, 40), st.sampled_from([OutOfMemory("no memory"), RuntimeError("lost")]), max_size=15),
    st.lists(st.tuples(st.integers(0, 2), st.sampled_from((GREEDY, SAMPLED, BEAMS))), min_size=1, max_size=6),
    st.sampled_from([24, 200]),
)
def test_any_errors_leave_the_other_requests_their_answers(
    errors: dict[int, Exception], requests: list[tuple[int, SamplingParams]], num_blocks: int
) -> None:
    engine = make_engine(num_blocks, max_num_batched_tokens=64, max_num_seqs=8)
    runner: Any = engine.runner
    runner.errors = dict(errors)
    groups: list[Group] = []
    for number, (seed, params) in enumerate(requests):
        groups.append(add_request(engine, make_prompt(draw_ids(seed, 60), b"red"), params, arrival_s=number))
        engine.step()
    finish(engine)
    for (seed, params), group in zip(requests, groups, strict=True):
        if group.error is None:
            alone = answer_alone(make_prompt(draw_ids(seed, 60), b"red"), params)
            assert [sequence.generated for sequence in group.sequences] == alone
        else:
            assert all(sequence.finish_reason == "error" for sequence in group.sequences)
    assert engine.scheduler.pool.num_used == 0
    assert runner.images.views == []


class Panic(BaseException):
    """What an extension in Rust raises when it panics: no `Exception`."""


@pytest.mark.parametrize("error", [ZeroDivisionError("mask"), Panic("mask")])
@pytest.mark.parametrize("num_good", [0, 1, 5])
def test_a_mask_that_fails_ends_its_own_request_only(error: BaseException, num_good: int) -> None:
    def mask(generated: Any) -> Any:
        if len(generated) == num_good:
            raise error
        return np.ones(VOCAB_SIZE, dtype=np.bool_)

    engine = make_engine()
    params = SamplingParams(seed=1, n=2, min_new_tokens=20, max_new_tokens=20)
    groups = [
        add_request(engine, make_prompt(draw_ids(seed, 50), b"red"), params, mask=mask if seed == 5 else None)
        for seed in range(12)
    ]
    while not engine.is_idle:
        engine.step()
        engine.scheduler.check()
    failed = groups.pop(5)
    assert failed.error is error
    assert all(sequence.finish_reason == "error" for sequence in failed.sequences)
    for group, seed in zip(groups, [*range(5), *range(6, 12)], strict=True):
        assert group.error is None
        assert [s.generated for s in group.sequences] == answer_alone(make_prompt(draw_ids(seed, 50), b"red"), params)
    assert engine.scheduler.pool.num_used == 0
    assert engine.runner.images.views == []  # type: ignore[attr-defined]


def test_a_mask_of_the_wrong_size_ends_its_own_request_only() -> None:
    engine = make_engine()
    bad = add_request(engine, make_prompt(draw_ids(1, 50)), GREEDY, mask=lambda _: np.ones((2, 3), dtype=np.bool_))
    good = add_request(engine, make_prompt(draw_ids(2, 50)), GREEDY)
    finish(engine)
    assert bad.error is not None
    assert [good.sequences[0].generated] == answer_alone(make_prompt(draw_ids(2, 50)), GREEDY)


@pytest.mark.parametrize("num_beams", [1, 2])
def test_tokens_that_cannot_be_added_end_their_request_only(num_beams: int, monkeypatch: pytest.MonkeyPatch) -> None:
    engine = make_engine()
    params = SamplingParams(temperature=0, num_beams=num_beams, max_new_tokens=9)
    bad, good = (add_request(engine, make_prompt(draw_ids(seed, 50)), params) for seed in (1, 2))
    find = engine._find_finish_reason

    def fail(group: Group, sequence: Any) -> Any:
        if group is bad and sequence.num_generated == 3:
            raise ZeroDivisionError
        return find(group, sequence)

    monkeypatch.setattr(engine, "_find_finish_reason", fail)
    finish(engine)
    assert isinstance(bad.error, ZeroDivisionError)
    assert engine.stats.finish_reasons["error"] == num_beams
    assert [good.sequences[0].generated] == answer_alone(make_prompt(draw_ids(2, 50)), params)
    assert engine.scheduler.pool.num_used == 0
