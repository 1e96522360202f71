"""The scheduler admits, cuts into chunks, grows regions and preempts. No model is needed."""

from typing import Any

from model.engine.allocation import NUM_LOOKAHEAD
from model.engine.batch import Batch
from model.engine.prefix import BLOCK_SIZE, PrefixKeys, ViewSpan
from model.engine.region import Copy
from model.engine.scheduler import Scheduler
from model.engine.sequence import Group, Priority, compute_rank
from tests.helpers.engine_requests import make_group, make_scheduler, run, step


def lengths(batch: Batch) -> list[int]:
    return [row.length for row in batch.rows]


def new_group(length: int, number: int = 0, **given: Any) -> Group:
    return make_group([number * 10_000 + i for i in range(length)], rank=number, **given)


def test_a_prompt_is_computed_in_chunks_then_decoded() -> None:
    scheduler = make_scheduler(max_num_batched_tokens=50)
    scheduler.add(new_group(120, max_new_tokens=3))
    assert [lengths(batch) for batch in run(scheduler)] == [[50], [50], [20], [1], [1]]


def test_decode_rows_and_a_chunk_share_a_step() -> None:
    scheduler = make_scheduler(max_num_batched_tokens=50)
    scheduler.add(new_group(20, 1, max_new_tokens=10))
    step(scheduler)
    scheduler.add(new_group(120, 2))
    assert [lengths(step(scheduler)) for _ in range(4)] == [[1, 49], [1, 49], [1, 22], [1, 1]]


def test_the_budget_bounds_every_step() -> None:
    scheduler = make_scheduler(num_blocks=400, max_num_batched_tokens=64)
    for number in range(30):
        scheduler.add(new_group(37 + number, number, max_new_tokens=20))
    assert max(batch.num_tokens for batch in run(scheduler)) == 64


def test_the_lowest_rank_goes_first() -> None:
    scheduler = make_scheduler(max_num_seqs=1)
    groups = [new_group(10, number, max_new_tokens=2) for number in (3, 1, 2)]
    for group in groups:
        scheduler.add(group)
    order = [batch.rows[0].group.rank for batch in run(scheduler) if batch.rows[0].length > 1]
    assert order == [1, 2, 3]


def test_high_priority_goes_first_but_nobody_starves() -> None:
    early, late = compute_rank(100.0, Priority.LOW), compute_rank(115.0, Priority.HIGH)
    assert early < late, "15 s of waiting outweigh high priority"
    assert compute_rank(108.0, Priority.HIGH) < early
    background = compute_rank(100.0, Priority.BACKGROUND)
    assert compute_rank(200.0, Priority.LOW) < background < compute_rank(400.0, Priority.HIGH)


def test_running_sequences_are_bounded() -> None:
    scheduler = make_scheduler(max_num_seqs=3)
    for number in range(8):
        scheduler.add(new_group(10, number, max_new_tokens=5))
    assert max(len(batch.rows) for batch in run(scheduler)) == 3


def test_all_samples_of_a_prompt_count_from_its_admission() -> None:
    scheduler = make_scheduler(max_num_seqs=4)
    scheduler.add(new_group(10, 1, n=3))
    scheduler.add(new_group(10, 2, n=2))
    step(scheduler)
    assert (len(scheduler.running), len(scheduler.waiting)) == (1, 1)


def test_80_sequences_run_at_once_though_their_longest_answers_would_not_fit() -> None:
    """A pool of 100,000 positions would hold 36 prompts of 700 tokens with all of their 2048 new ones reserved."""
    scheduler = make_scheduler(100_000 // BLOCK_SIZE, max_num_seqs=256, max_num_batched_tokens=2048)
    for number in range(200):
        scheduler.add(new_group(700, number, max_new_tokens=2048))
    most, num_tokens = 0, 0
    while not scheduler.is_idle:
        batch = step(scheduler)
        most = max(most, sum(row.length == 1 for row in batch.rows))
        num_tokens += batch.num_tokens
        for group in list(scheduler.running):
            if group.sequences[0].num_generated >= 150:
                scheduler.finish(group, group.sequences[0], "stop")
    assert most >= 80
    assert num_tokens < 1.15 * 200 * 850, "little is computed twice"


def test_the_youngest_is_preempted_and_finishes_later() -> None:
    scheduler = make_scheduler(num_blocks=17)
    old, young = new_group(100, 1, max_new_tokens=300), new_group(100, 2, max_new_tokens=200)
    scheduler.add(old)
    scheduler.add(young)
    list(run(scheduler))
    assert scheduler.num_preemptions >= 1
    assert [group.sequences[0].num_generated for group in (old, young)] == [300, 200]
    assert scheduler.pool.num_used == 0


def test_no_group_is_preempted_for_a_younger_one() -> None:
    scheduler = make_scheduler(num_blocks=16)
    old, young = new_group(100, 1, max_new_tokens=150), new_group(100, 2, max_new_tokens=150)
    scheduler.add(old)
    scheduler.add(young)
    finished = []
    for _ in run(scheduler):
        finished += [group.rank for group in (old, young) if group.is_finished and group.rank not in finished]
    assert finished == [1, 2]


def test_a_second_request_with_the_same_prefix_computes_only_the_rest() -> None:
    scheduler = make_scheduler()
    shared = list(range(200))
    scheduler.add(make_group(shared, max_new_tokens=1))
    list(run(scheduler))
    again = make_group([*shared[:150], 7, 8, 9])
    scheduler.add(again)
    assert lengths(step(scheduler)) == [153 - 128]
    assert again.num_cached == 128


def test_the_last_prompt_token_is_always_computed() -> None:
    scheduler = make_scheduler()
    for _ in range(3):
        group = make_group(list(range(128)), max_new_tokens=1)
        scheduler.add(group)
        batches = list(run(scheduler))
    assert [lengths(batch) for batch in batches] == [[32]]
    assert group.num_cached == 96


def test_a_second_turn_takes_over_the_region_without_a_copy() -> None:
    scheduler = make_scheduler()
    first = make_group(list(range(100)), max_new_tokens=60)
    scheduler.add(first)
    list(run(scheduler))
    second = make_group([*first.sequences[0].token_ids, *range(500, 520)])
    scheduler.add(second)
    batch = step(scheduler)
    assert (batch.copies, batch.num_tokens, second.num_cached) == ([], 180 - 128, 128)


def test_the_prefix_of_a_running_sequence_is_copied() -> None:
    scheduler = make_scheduler()
    scheduler.add(make_group(list(range(100)), rank=1))
    step(scheduler)
    scheduler.add(make_group([*range(96), 7, 8], rank=2))
    batch = step(scheduler)
    assert [copy.length for copy in batch.copies] == [96]
    assert lengths(batch) == [1, 2]


def test_the_copies_of_a_failed_step_go_first_in_the_next() -> None:
    scheduler = make_scheduler()
    scheduler.add(make_group(list(range(100)), rank=1))
    step(scheduler)
    assert scheduler.roll_back() is None, "that step has run"
    failed = scheduler.schedule()
    failed.copies.append(Copy(320, 640, 32))
    assert scheduler.roll_back() is failed
    scheduler.add(make_group([*range(96), 7, 8], rank=2))
    batch = scheduler.schedule()
    assert batch.copies[0] == Copy(320, 640, 32)
    assert [copy.length for copy in batch.copies] == [32, 96]


def test_prompt_logprobs_take_nothing_from_the_cache() -> None:
    scheduler = make_scheduler()
    for _ in range(2):
        scheduler.add(make_group(list(range(100)), max_new_tokens=1, prompt_logprobs=0))
        assert [lengths(batch) for batch in run(scheduler)] == [[100]]


SPANS = (ViewSpan(10, 40, b"one"), ViewSpan(42, 72, b"two"), ViewSpan(74, 104, b"three"))


def test_views_are_encoded_with_their_chunk_and_take_part_of_the_budget() -> None:
    images: list[bytes] = []
    scheduler = make_scheduler(images=images, max_num_batched_tokens=60, view_cost=20)
    scheduler.add(make_group(list(range(120)), spans=SPANS, max_new_tokens=1))
    seen = []
    for batch in run(scheduler):
        images += batch.view_keys
        seen.append((batch.view_keys, lengths(batch)))
        assert batch.num_tokens + 20 * len(batch.view_keys) <= 60
    assert images == [b"one", b"two", b"three"]
    assert sum(sum(chunk) for _, chunk in seen) == 120


def test_views_that_cost_more_than_a_step_are_encoded_one_by_one() -> None:
    images: list[bytes] = []
    scheduler = make_scheduler(images=images, max_num_batched_tokens=30, view_cost=500)
    scheduler.add(make_group(list(range(120)), spans=SPANS, max_new_tokens=1))
    for batch in run(scheduler, max_steps=20):
        images += batch.view_keys
        assert len(batch.view_keys) <= 1
    assert images == [b"one", b"two", b"three"]


def test_a_view_of_two_waiting_requests_is_encoded_once() -> None:
    scheduler = make_scheduler()
    for number in range(2):
        scheduler.add(make_group(list(range(number, 120)), rank=number, spans=SPANS))
    assert step(scheduler).view_keys == [b"one", b"two", b"three"]


def test_views_in_a_cached_prefix_are_not_encoded_again() -> None:
    scheduler = make_scheduler(images=set())
    for _ in range(2):
        scheduler.add(make_group(list(range(140)), spans=SPANS, max_new_tokens=1))
        batches = list(run(scheduler))
    assert batches[0].view_keys == []


def test_another_picture_of_the_same_size_is_computed() -> None:
    scheduler = make_scheduler()
    for key in (b"red", b"blue"):
        scheduler.add(make_group(list(range(140)), spans=(ViewSpan(10, 40, key),), max_new_tokens=1))
        (batch,) = run(scheduler)
        assert (batch.view_keys, lengths(batch)) == ([key], [140])


def test_finish_frees_the_region_at_once_and_may_be_repeated() -> None:
    scheduler = make_scheduler()
    running, waiting = new_group(100, 1), new_group(100, 2)
    scheduler.add(running)
    step(scheduler)
    scheduler.add(waiting)
    for group in (running, waiting, running):
        for sequence in group.sequences:
            scheduler.finish(group, sequence, "abort")
    assert scheduler.is_idle
    assert scheduler.pool.num_used == 0
    assert running.sequences[0].finish_reason == "abort"


def fork_samples(rank_of_other: int) -> tuple[Scheduler, Group, Group]:
    """Return a group that forks into three samples when only two have room beside another group."""
    scheduler = make_scheduler(num_blocks=13)
    group, other = (
        new_group(100, 1, n=3, max_new_tokens=20),
        new_group(100, rank_of_other, max_new_tokens=20),
    )
    scheduler.add(group)
    scheduler.add(other)
    scheduler.commit(scheduler.schedule())
    scheduler.branch(group, [0, 0, 0])
    for index, sequence in enumerate(group.sequences):
        sequence.token_ids.append(index)
    other.sequences[0].token_ids.append(1)
    scheduler.check()
    return scheduler, group, other


def test_samples_fork_by_copying_the_prompt() -> None:
    scheduler, group, other = fork_samples(rank_of_other=2)
    assert scheduler.running == [group]
    assert scheduler.waiting == [other], "the younger one was preempted"
    batch = scheduler.schedule()
    assert [copy.length for copy in batch.copies] == [100, 100]
    assert lengths(batch) == [1, 1, 1]


def test_samples_without_room_wait_together_and_finish_later() -> None:
    scheduler, group, other = fork_samples(rank_of_other=0)
    assert scheduler.running == [other]
    assert scheduler.waiting == [group]
    list(run(scheduler))
    assert [sequence.num_generated for sequence in group.sequences] == [20, 20, 20]
    assert [sequence.generated[0] for sequence in group.sequences] == [0, 1, 2]


def test_positions_are_reserved_ahead() -> None:
    scheduler = make_scheduler()
    group = new_group(100, 1, max_new_tokens=1000)
    scheduler.add(group)
    step(scheduler)
    region = group.sequences[0].region
    assert region is not None
    assert 100 + NUM_LOOKAHEAD <= region.capacity < 100 + NUM_LOOKAHEAD + BLOCK_SIZE


def test_an_overwritten_beam_has_the_keys_of_its_new_tokens() -> None:
    group = new_group(100, 1, num_beams=2)
    (beam,) = group.sequences
    other = beam.fork()
    for sequence, token_id in ((beam, 1), (other, 2)):
        sequence.token_ids += [token_id] * 60
        sequence.keys.extend(sequence.token_ids)
    other.copy_from(beam)
    other.token_ids += [3] * 40
    other.keys.extend(other.token_ids)
    wanted = PrefixKeys()
    wanted.extend(other.token_ids)
    assert other.keys.keys == wanted.keys, "otherwise the cache would give another answer's content"


def test_a_preempted_prompt_finds_its_own_blocks_but_counts_none_as_cached() -> None:
    scheduler = make_scheduler(max_num_batched_tokens=64)
    group = new_group(100, 1, max_new_tokens=3)
    scheduler.add(group)
    step(scheduler)
    scheduler.preempt(group)
    assert lengths(step(scheduler)) == [36], "it is found"
    assert group.num_cached == 0
