"""Views cost tokens of a step's budget, and bound its chunks."""

from model.engine.batch import Batch, Row
from model.engine.budget import Budget
from model.engine.prefix import ViewSpan
from tests.helpers.engine_requests import make_group

GROUP = make_group(range(120), spans=(ViewSpan(10, 40, b"one"), ViewSpan(42, 72, b"two")))


def test_a_chunk_shrinks_by_the_cost_of_its_views() -> None:
    batch, budget = Batch(), Budget(100, 20, ())
    assert budget.add_views(GROUP, 0, 100, batch) == 60
    assert (batch.view_keys, batch.view_groups, budget.num_tokens) == ([b"one", b"two"], [GROUP, GROUP], 60)


def test_views_that_are_encoded_or_in_the_batch_cost_nothing() -> None:
    batch, budget = Batch(view_keys=[b"two"]), Budget(100, 20, {b"one"})
    assert budget.add_views(GROUP, 0, 100, batch) == 100
    assert (batch.view_keys, batch.view_groups, budget.num_tokens) == ([b"two"], [], 100)


def test_a_chunk_ends_before_a_view_over_the_budget() -> None:
    batch, budget = Batch(), Budget(60, 40, ())
    assert budget.add_views(GROUP, 0, 60, batch) == 20
    assert batch.view_keys == [b"one"]
    batch, budget = Batch(rows=[Row(GROUP, GROUP.sequences[0], 0, 1)]), Budget(30, 40, ())
    assert budget.add_views(GROUP, 41, 71, batch) == 42
    assert batch.view_keys == []


def test_a_view_that_costs_more_than_a_step_is_encoded_alone() -> None:
    batch, budget = Batch(), Budget(30, 500, ())
    assert budget.add_views(GROUP, 10, 40, batch) == 10
    assert (batch.view_keys, budget.num_tokens) == ([b"one"], 0)
