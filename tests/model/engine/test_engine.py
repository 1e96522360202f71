"""Each answer is the same as alone, whatever else comes, ends, waits or is computed again."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model.engine.engine import Engine
from model.engine.sequence import Group, Priority
from model.errors import CacheTooSmall, PromptTooLong
from model.prompt import Prompt
from model.sampling import SamplingParams
from tests.helpers.engine_requests import add_request
from tests.helpers.fake_engine import GREEDY, answer_alone, draw_ids, finish, make_engine, make_prompt
from tests.helpers.fake_runner import END_IDS, VOCAB_SIZE, compute_logits


def test_a_greedy_answer_is_the_best_token_each_time() -> None:
    (found,) = answer_alone(make_prompt(draw_ids(1, 50)), GREEDY)
    sequence = draw_ids(1, 50)
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
    owner: str


def arrivals() -> st.SearchStrategy[Arrival]:
    pictures = st.lists(st.sampled_from([b"red", b"blue", b"green"]), max_size=3)
    prompts = st.builds(
        lambda seed, length, end, keys: make_prompt([*draw_ids(seed, length), end], *keys),
        st.integers(0, 2),
        st.integers(40, 140),
        st.integers(0, 37),
        pictures,
    )
    patience = st.one_of(st.none(), st.none(), st.integers(0, 15))
    return st.builds(Arrival, prompts, st.sampled_from(PARAMS), st.integers(0, 8), patience, st.sampled_from("aab"))


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
        groups.append(add_request(engine, arrival.prompt, arrival.params, arrival_s=num_steps, owner=arrival.owner))
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
    alone = answer_alone(arrival.prompt, arrival.params)
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
    found = answer_alone(make_prompt(draw_ids(1, 60)), params)
    assert len({tuple(one) for one in found}) == 4
    single = SamplingParams(seed=1, temperature=2.0, max_new_tokens=20, min_new_tokens=20)
    assert answer_alone(make_prompt(draw_ids(1, 60)), single) == found[:1]


def test_samples_come_from_one_prefill() -> None:
    engine = make_engine()
    add_request(engine, make_prompt(draw_ids(1, 100)), SamplingParams(n=5, max_new_tokens=4, min_new_tokens=4))
    finish(engine)
    runner: Any = engine.runner
    assert sum(batch.num_tokens for batch in runner.batches) == 100 + 5 * 3


def test_a_picture_is_encoded_once_for_all_requests_with_it() -> None:
    engine = make_engine()
    for seed in range(4):
        add_request(engine, make_prompt(draw_ids(seed, 60), b"red", b"blue"), GREEDY)
    finish(engine)
    runner: Any = engine.runner
    assert sorted(runner.images.encoded) == [b"blue", b"red"]


def test_the_next_turn_finds_the_prompt_and_the_answer_in_the_cache() -> None:
    engine = make_engine()
    params = SamplingParams(temperature=0, max_new_tokens=40, min_new_tokens=40)
    first = add_request(engine, make_prompt(draw_ids(1, 100)), params)
    finish(engine)
    add_request(engine, make_prompt([*first.sequences[0].token_ids, *draw_ids(2, 20)]), params)
    engine.step()
    runner: Any = engine.runner
    assert runner.batches[-1].num_tokens == 160 - 128


def test_another_picture_is_never_found_in_the_cache() -> None:
    engine = make_engine()
    text = draw_ids(1, 100)
    red = add_request(engine, make_prompt(text, b"red"), GREEDY)
    finish(engine)
    blue = add_request(engine, make_prompt(text, b"blue"), GREEDY)
    finish(engine)
    assert blue.num_cached == 0
    assert [blue.sequences[0].generated] == answer_alone(make_prompt(text, b"blue"), GREEDY)
    assert red.sequences[0].generated != blue.sequences[0].generated


def test_what_another_salt_computed_is_not_found() -> None:
    engine = make_engine()
    prompt = make_prompt(draw_ids(1, 100), b"red")
    runner: Any = engine.runner
    found = []
    for salt in (b"", b"mine", b"mine", b"yours"):
        group = add_request(engine, prompt, GREEDY, salt=salt)
        num_hits = engine.stats.num_image_hits
        finish(engine)
        found.append((group.num_cached, num_hits, len(runner.images.encoded)))
        assert [group.sequences[0].num_generated] == [len(answer_alone(prompt, GREEDY, salt=salt)[0])]
    assert found == [(0, 0, 1), (0, 0, 2), (96, 1, 2), (0, 1, 3)]
    assert runner.images.views == []


def test_nothing_is_kept_of_a_request_that_cannot_be_queued(monkeypatch: pytest.MonkeyPatch) -> None:
    engine = make_engine()

    def fail(_: Group) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(engine.scheduler, "add", fail)
    with pytest.raises(ZeroDivisionError):
        add_request(engine, make_prompt(draw_ids(1, 100), b"red"), GREEDY)
    assert engine.runner.images.views == []  # type: ignore[attr-defined]
    assert engine.is_idle


def test_high_priority_goes_first() -> None:
    engine = make_engine(max_num_seqs=1)
    late = add_request(engine, make_prompt(draw_ids(1, 50)), GREEDY, arrival_s=1.0)
    first = add_request(engine, make_prompt(draw_ids(2, 50)), GREEDY, Priority.HIGH, arrival_s=2.0)
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
    (found,) = answer_alone(make_prompt(draw_ids(1, 50)), GREEDY, mask=mask)
    assert all(token_id % 2 == 0 for token_id in found)
    assert mask.calls == [found[:i] for i in range(len(found))]


def test_a_cycle_is_ended_only_with_stops_cycles() -> None:
    forced = SamplingParams(temperature=0, logit_bias={5: 100.0}, max_new_tokens=500, repetition_penalty=1.0)
    engine = make_engine(stops_cycles=True)
    group = add_request(engine, make_prompt(draw_ids(1, 50)), forced)
    finish(engine)
    assert group.sequences[0].finish_reason == "repetition"
    assert group.sequences[0].num_generated < 150
    assert len(answer_alone(make_prompt(draw_ids(1, 50)), forced)[0]) == 500


def test_an_end_token_that_is_ignored_ends_nothing() -> None:
    end = END_IDS[0]
    cycle: dict[str, Any] = {
        "temperature": 0,
        "logit_bias": {end: 100.0},
        "max_new_tokens": 300,
        "repetition_penalty": 1.0,
    }
    engine = make_engine(stops_cycles=True)
    group = add_request(engine, make_prompt(draw_ids(1, 50)), SamplingParams(**cycle, n=2, ignore_eos=True))
    finish(engine)
    assert [sequence.generated for sequence in group.sequences] == [[end] * 300] * 2
    assert {sequence.finish_reason for sequence in group.sequences} == {"length"}
    ended = answer_alone(make_prompt(draw_ids(1, 50)), SamplingParams(**cycle, ignore_eos=True, stop_token_ids=(end,)))
    assert ended == [[end]]


def test_stop_ends_one_sample_only() -> None:
    engine = make_engine()
    group = add_request(
        engine, make_prompt(draw_ids(1, 50)), SamplingParams(seed=1, n=2, min_new_tokens=30, max_new_tokens=30)
    )
    for _ in range(5):
        engine.step()
    engine.stop(group, group.sequences[0])
    finish(engine)
    assert [sequence.num_generated for sequence in group.sequences] == [5, 30]
    assert [sequence.finish_reason for sequence in group.sequences] == ["stop", "length"]


def test_an_abort_frees_everything_at_once() -> None:
    engine = make_engine()
    group = add_request(engine, make_prompt(draw_ids(1, 50), b"red"), GREEDY)
    engine.step()
    for _ in range(2):
        engine.abort(group)
    assert engine.is_idle
    assert engine.scheduler.pool.num_used == 0
    assert group.sequences[0].finish_reason == "abort"
    assert engine.step() == []


def test_a_request_that_cannot_fit_is_refused_at_once() -> None:
    engine = make_engine(num_blocks=10, max_num_seqs=4)
    with pytest.raises(PromptTooLong, match="has 1000 tokens, the limit is 999"):
        add_request(engine, make_prompt(draw_ids(1, 1000)), GREEDY)
    with pytest.raises(CacheTooSmall, match="may need 352 places in the KV cache, which has 320"):
        add_request(engine, make_prompt(draw_ids(1, 300)), GREEDY)
    with pytest.raises(CacheTooSmall):
        add_request(engine, make_prompt(draw_ids(1, 10)), SamplingParams(n=5, max_new_tokens=5))
    assert engine.is_idle
    assert engine.runner.images.views == []  # type: ignore[attr-defined]


def test_an_answer_gets_what_the_context_leaves() -> None:
    engine = make_engine()
    group = add_request(engine, make_prompt(draw_ids(1, 990)), SamplingParams(min_new_tokens=30))
    finish(engine)
    assert group.sequences[0].num_generated == 10
    assert group.sequences[0].finish_reason == "length"
