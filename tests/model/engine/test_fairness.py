"""Owners share the engine by the work done for them. No model is needed."""

import random
from typing import Any

import pytest

from model.engine.engine import Engine
from model.engine.fairness import MIN_RUN, Holdings, Load, ServiceCounts
from model.engine.kv_cache import RegionPool
from model.engine.sequence import Group, Priority
from model.sampling import SamplingParams
from tests.helpers.engine_requests import add_request, make_group, make_scheduler, run, step
from tests.helpers.fake_engine import draw_ids, finish, make_engine, make_prompt


def params(num_tokens: int = 200, **given: Any) -> SamplingParams:
    return SamplingParams(seed=1, max_new_tokens=num_tokens, min_new_tokens=num_tokens, **given)


def add(engine: Engine, owner: str, length: int, seed: int, sampling: SamplingParams) -> Group:
    return add_request(engine, make_prompt(draw_ids(seed, length)), sampling, arrival_s=seed, owner=owner)


def count_steps_to_first_token(engine: Engine, group: Group) -> int:
    for num_steps in range(500):
        if group.first_token_s is not None:
            return num_steps
        engine.step()
        engine.scheduler.check()
    return 500


@pytest.mark.parametrize("num_blocks", [150, 3000])
@pytest.mark.parametrize("max_num_seqs", [16, 64])
@pytest.mark.parametrize(
    ("num_requests", "length", "n"),
    [(200, 60, 1), (32, 60, 16), (60, 900, 1), (200, 400, 2)],
    ids=["many", "wide", "long", "both"],
)
def test_another_owner_waits_for_two_steps_at_most(
    num_requests: int, length: int, n: int, max_num_seqs: int, num_blocks: int
) -> None:
    engine = make_engine(num_blocks, max_num_seqs=max_num_seqs, max_num_batched_tokens=256)
    for seed in range(num_requests):
        add(engine, "hog", length, seed, params(50, n=n))
    for number in range(4):
        for _ in range(5):
            engine.step()
        late = add(engine, "late", 100, 10_000 + number, params(5))
        is_alone = n == max_num_seqs and number > 0  # what was replaced before then runs for a while
        most = 2 if not is_alone else MIN_RUN + 4
        assert count_steps_to_first_token(engine, late) <= most


def test_half_computed_long_prompts_leave_half_of_the_steps_to_others() -> None:
    engine = make_engine(1000, max_num_batched_tokens=100)
    for seed in range(8):
        add(engine, "hog", 900, seed, params(1))
    for _ in range(3):
        engine.step()
    late = add(engine, "late", 300, 99, params(1))
    assert count_steps_to_first_token(engine, late) <= 6


def test_both_owners_are_served_alike_however_many_requests_they_have() -> None:
    engine = make_engine(3000, max_num_seqs=8)
    for seed in range(40):
        add(engine, "hog", 50, seed, params(20))
    groups = [add(engine, "late", 50, 100 + seed, params(20)) for seed in range(8)]
    while not all(group.is_finished for group in groups):
        engine.step()
    num_ended = engine.stats.finish_reasons.total() - 8
    assert 6 <= num_ended <= 18, "about as many of the first owner's have ended"


def test_an_owner_alone_uses_everything() -> None:
    engine = make_engine(3000, max_num_seqs=16)
    for seed in range(40):
        add(engine, "hog", 50, seed, params(20))
    engine.step()
    engine.step()
    assert len(engine.scheduler.running) == 16


def test_nobody_is_replaced_while_there_is_room_or_below_its_share() -> None:
    scheduler = make_scheduler(num_blocks=1000, max_num_seqs=8)
    for rank in range(20):
        scheduler.add(make_owned("hog", rank))
        scheduler.add(make_owned("other", 100 + rank))
    for _ in range(10):
        step(scheduler)
    held = [group.owner for group in scheduler.running]
    assert (held.count("hog"), held.count("other"), scheduler.num_preemptions) == (4, 4, 0)


def make_owned(owner: str, rank: float, length: int = 40, **given: Any) -> Group:
    group = make_group([int(rank) * 1000 + i for i in range(length)], rank, **given)
    group.owner = owner
    return group


def test_the_youngest_group_of_the_largest_owner_gives_way_and_keeps_its_answer() -> None:
    scheduler = make_scheduler(num_blocks=1000, max_num_seqs=4)
    hog = [make_owned("hog", rank) for rank in range(3)]
    other = make_owned("other", 50)
    for group in (*hog, other):
        scheduler.add(group)
    for _ in range(3):
        step(scheduler)
    late = make_owned("late", 99)
    scheduler.add(late)
    step(scheduler)
    assert scheduler.waiting == [hog[2]]
    assert hog[2].sequences[0].num_generated == 3
    scheduler.finish(late, late.sequences[0], "abort")
    batch = step(scheduler)
    assert batch.num_tokens == 3 + 11, "only what fills no block is computed again"
    assert hog[2].sequences[0].num_generated == 4


def test_a_replaced_group_makes_progress_before_it_is_replaced_again() -> None:
    scheduler = make_scheduler(num_blocks=1000, max_num_seqs=2)
    wide = make_owned("hog", 1, n=2, max_new_tokens=60)
    scheduler.add(wide)
    step(scheduler)
    num_steps = 0
    while not wide.is_finished:
        if not any(group.owner == "late" for group in scheduler.waiting):
            scheduler.add(make_owned("late", 100 + num_steps, max_new_tokens=2))
        step(scheduler)
        num_steps += 1
        assert num_steps < 400, "the group of the other owner never ends"
    assert 2 <= scheduler.num_preemptions <= 6


def test_a_wide_group_is_not_overtaken_for_ever() -> None:
    scheduler = make_scheduler(num_blocks=4000, max_num_seqs=8)
    for owner in range(8):
        scheduler.add(make_owned(f"small {owner}", owner, max_new_tokens=40))
    step(scheduler)
    wide = make_owned("wide", 50, n=8, max_new_tokens=2)
    scheduler.add(wide)
    for num_steps in range(60_000):
        if wide.is_finished:
            break
        for owner in range(8):
            if not any(group.owner == f"small {owner}" for group in scheduler.waiting + scheduler.running):
                scheduler.add(make_owned(f"small {owner}", 100 + num_steps, max_new_tokens=40 + owner))
        step(scheduler)
    assert wide.is_finished


def test_high_priority_goes_first_within_an_owner() -> None:
    engine = make_engine(max_num_seqs=1)
    groups = [add(engine, "a", 50, 30, params(2)), add(engine, "a", 50, 1, params(2))]
    engine.step()
    assert [group.first_token_s is not None for group in groups] == [False, True]


@pytest.mark.parametrize(
    ("num_blocks", "max_num_seqs"), [(3000, 16), (60, 64), (3000, 64)], ids=["seqs", "cache", "room"]
)
@pytest.mark.parametrize("waited_s", [1, 100])
def test_what_is_in_the_background_gives_way_to_its_own_owner(
    num_blocks: int, max_num_seqs: int, waited_s: int
) -> None:
    engine = make_engine(num_blocks, max_num_seqs=max_num_seqs, max_num_batched_tokens=256)
    late, given = 100.0 + waited_s, {"arrival_s": 100.0, "owner": "a"}
    background = [
        add_request(engine, make_prompt(draw_ids(seed, 60)), params(50), Priority.BACKGROUND, **given)
        for seed in range(50)
    ]
    for _ in range(5):
        engine.step()
    group = add_request(engine, make_prompt(draw_ids(99, 100)), params(5), Priority.HIGH, arrival_s=late, owner="a")
    assert count_steps_to_first_token(engine, group) <= 2
    assert sum(each.is_finished for each in background) < 10
    finish(engine)
    assert all(each.error is None and each.sequences[0].generated for each in background)


def test_what_is_replaced_in_the_background_makes_progress_before_it_is_again() -> None:
    engine = make_engine(max_num_seqs=1, max_num_batched_tokens=256)
    background = add_request(engine, make_prompt(draw_ids(1, 60)), params(30), Priority.BACKGROUND, owner="a")
    for number in range(200):
        if background.is_finished:
            break
        add_request(engine, make_prompt(draw_ids(2 + number, 20)), params(1), Priority.HIGH, owner="a")
        for _ in range(4):
            engine.step()
    assert background.is_finished


@pytest.mark.parametrize("seed", range(25))
def test_all_requests_end_and_little_is_computed_twice(seed: int) -> None:
    rng = random.Random(seed)
    engine = make_engine(
        rng.choice([40, 80, 300]), max_num_seqs=rng.choice([4, 16]), max_num_batched_tokens=rng.choice([24, 64, 1000])
    )
    groups = []
    for number in range(rng.randrange(5, 40)):
        sampling = params(rng.randrange(1, 60), n=rng.choice([1, 1, 2, 4]))
        groups.append(add(engine, rng.choice("aaaabc"), rng.randrange(20, 200), number, sampling))
        for _ in range(rng.randrange(6)):
            engine.step()
            engine.scheduler.check()
    finish(engine)
    assert all(sequence.finish_reason == "length" for group in groups for sequence in group.sequences)
    runner: Any = engine.runner
    num_computed = sum(batch.num_tokens for batch in runner.batches)
    num_needed = sum(s.num_generated for group in groups for s in group.sequences)
    num_needed += sum(group.sequences[0].num_prompt_tokens for group in groups)
    assert num_computed <= 2 * num_needed
    assert engine.scheduler.pool.num_used == 0


def test_idle_time_earns_nothing() -> None:
    counts = ServiceCounts()
    counts.enter("a", set())
    counts.charge("a", 100)
    counts.enter("b", {"a"})
    assert counts["b"] == 100
    counts.charge("b", 50)
    counts.charge("a", 10)
    counts.enter("c", {"a", "b"})
    assert counts["c"] == 110, "as the least served"


def test_leaving_wipes_nothing_out_while_others_are_busy() -> None:
    counts = ServiceCounts()
    counts.enter("a", set())
    counts.enter("b", {"a"})
    counts.charge("b", 500)
    counts.enter("c", {"a"})
    counts.enter("b", {"a", "c"})
    assert counts["b"] == 500
    counts.enter("d", set())
    assert [counts["b"], counts["d"]] == [0, 0], "nobody was waiting"


def make_running(owner: str, rank: float, num_blocks: int, pool: RegionPool) -> Group:
    group = make_owned(owner, rank, length=1)
    group.sequences[0].region = pool.find_free_region(num_blocks)
    group.sequences[0].num_computed = 0
    return group


def test_the_cache_is_shared_too() -> None:
    pool = RegionPool(100)
    small = [make_running("small", rank, 5, pool) for rank in range(4)]
    large = [make_running("large", 10 + rank, 35, pool) for rank in range(2)]
    holdings = Holdings([*small, *large], Load(30, 100), 3)
    assert holdings.find_largest() == "large"
    assert holdings.list_victims(make_owned("small", 99, length=300)) == [large[1]], "the rest is within its share"
    assert holdings.list_victims(make_owned("small", 99, length=400)) == [], "it would be above its own share"
    assert holdings.list_victims(make_owned("late", 99, length=400)) == [large[1], large[0]]
    assert holdings.list_victims(make_owned("late", 99, length=3000)) == [], "they would not do"


def test_steps_of_several_owners_end() -> None:
    scheduler = make_scheduler(num_blocks=40, max_num_seqs=3)
    for rank in range(9):
        scheduler.add(make_owned("abc"[rank % 3], rank, length=100, max_new_tokens=150))
    list(run(scheduler))
    assert scheduler.pool.num_used == 0
