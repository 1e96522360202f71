"""An engine counts its tokens, requests and times."""

from typing import Any

import pytest

from model.engine.stats import EngineStats, Histogram
from model.sampling import SamplingParams
from tests.helpers.engine_requests import add_request, make_group
from tests.helpers.fake_engine import GREEDY, draw_ids, finish, make_engine, make_prompt


def test_a_histogram_counts_each_value_in_one_bucket() -> None:
    histogram = Histogram((1.0, 2.0))
    for value in (0.5, 1.0, 1.5, 9.0):
        histogram.add(value)
    histogram.add(2.0, count=3)
    assert histogram.counts == [2, 4, 1]
    assert (histogram.count, histogram.total) == (7, 18.0)


def test_first_tokens_and_the_gaps_before_later_ones_are_counted() -> None:
    stats = EngineStats()
    old, new = make_group([1] * 10), make_group([1] * 20)
    old.arrival_s, new.arrival_s = 100.0, 103.0
    stats.record_tokens([old], 101.0)
    stats.record_tokens([old, new], 104.0)
    stats.record_tokens([old, new], 104.5)
    assert (old.first_token_s, new.first_token_s, old.last_token_s) == (101.0, 104.0, 104.5)
    assert (stats.first_token_s.count, stats.first_token_s.total) == (2, 2.0)
    assert (stats.inter_token_s.count, stats.inter_token_s.total) == (3, 3.0 + 0.5 + 0.5)
    assert stats.num_prompt_tokens == 30


def test_an_engine_counts_its_tokens_and_ends() -> None:
    engine = make_engine()
    groups = [add_request(engine, make_prompt(draw_ids(seed, 50)), GREEDY) for seed in range(3)]
    finish(engine)
    again = add_request(engine, make_prompt(draw_ids(0, 50)), GREEDY)
    finish(engine)
    stats = engine.stats
    runner: Any = engine.runner
    assert stats.step_s.count == len(runner.batches)
    assert stats.num_generated_tokens == sum(group.sequences[0].num_generated for group in [*groups, again])
    assert stats.num_prompt_tokens == 200
    assert stats.num_cached_tokens == again.num_cached > 0
    assert sum(stats.finish_reasons.values()) == stats.first_token_s.count == 4
    assert stats.inter_token_s.count == stats.num_generated_tokens - 4


def test_the_end_of_every_sample_is_counted_once() -> None:
    engine = make_engine()
    group = add_request(
        engine, make_prompt(draw_ids(1, 20)), SamplingParams(seed=1, n=3, max_new_tokens=5, min_new_tokens=5)
    )
    engine.step()
    for _ in range(2):
        engine.abort(group)
    assert engine.stats.finish_reasons == {"abort": 3}


def test_views_with_cached_features_are_hits() -> None:
    engine = make_engine()
    for hits in (0, 2):
        add_request(engine, make_prompt(draw_ids(1, 40), b"a", b"b"), GREEDY)
        finish(engine)
        assert engine.stats.num_image_hits == hits


def test_the_times_of_a_request_are_in_order() -> None:
    engine = make_engine(max_num_seqs=1)
    first, second = (add_request(engine, make_prompt(draw_ids(seed, 20)), GREEDY) for seed in range(2))
    finish(engine)
    for group in (first, second):
        assert group.admitted_s is not None
        assert group.first_token_s is not None
        assert group.last_token_s is not None
        assert group.arrival_s <= group.admitted_s <= group.first_token_s <= group.last_token_s
    assert (second.admitted_s or 0.0) >= (first.last_token_s or 0.0) > 0


@pytest.mark.parametrize("fails", [0, 1])
def test_a_failed_step_counts_an_error_and_no_token(fails: int) -> None:
    engine = make_engine()
    runner: Any = engine.runner
    runner.errors = {fails: RuntimeError("lost")}
    add_request(engine, make_prompt(draw_ids(1, 20)), GREEDY)
    finish(engine)
    assert engine.stats.first_token_s.count == 1 - fails
    assert (engine.stats.finish_reasons["error"], engine.stats.num_shed) == (fails, 0)
