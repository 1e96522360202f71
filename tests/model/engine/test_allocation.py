"""Sequences get regions of the pool, with what is known in them. No model is needed."""

import pytest

from model.engine.allocation import NUM_LOOKAHEAD, Allocator, count_needed, get_region
from model.engine.kv_cache import RegionPool
from model.engine.prefix import count_blocks
from model.engine.region import Copy
from tests.helpers.engine_requests import make_group


def test_a_group_reserves_its_tokens_and_some_to_come() -> None:
    assert count_needed(make_group(range(100), max_new_tokens=1000)) == count_blocks(100 + NUM_LOOKAHEAD)
    assert count_needed(make_group(range(100), max_new_tokens=4)) == count_blocks(104)


def test_a_region_is_reserved_and_released() -> None:
    allocator = Allocator(RegionPool(10))
    group = make_group(range(100))
    assert allocator.reserve(group, is_alone=True)
    assert allocator.pool.num_used == count_needed(group) == 7
    assert not allocator.reserve(make_group(range(100)), is_alone=False), "three blocks are left"
    allocator.release(group)
    assert (allocator.pool.num_used, group.sequences[0].region) == (0, None)


def test_a_known_prefix_is_copied() -> None:
    allocator = Allocator(RegionPool(30))
    first, second = make_group(range(100)), make_group([*range(70), 1, 2])
    allocator.reserve(first, is_alone=True)
    keys = first.sequences[0].keys.keys
    allocator.pool.publish(get_region(first.sequences[0]), keys)
    allocator.reserve(second, is_alone=False)
    assert (second.sequences[0].num_computed, second.num_cached) == (64, 64)
    assert allocator.copies == [Copy(0, get_region(second.sequences[0]).slot, 64)]


def test_what_is_retained_gives_way_to_a_group_that_is_alone() -> None:
    allocator = Allocator(RegionPool(8))
    old = make_group(range(100))
    allocator.reserve(old, is_alone=True)
    allocator.pool.publish(get_region(old.sequences[0]), old.sequences[0].keys.keys)
    allocator.release(old)
    assert allocator.pool.num_retained == 3
    assert allocator.reserve(make_group([*range(40), *range(500, 600)], max_new_tokens=116), is_alone=True)
    allocator.pool.check()


def test_a_region_grows_until_there_is_no_room() -> None:
    allocator = Allocator(RegionPool(12))
    (sequence,) = make_group(range(100), max_new_tokens=1000).sequences
    sequence.region = allocator.pool.find_free_region(4)
    sequence.token_ids += range(100)
    assert allocator.grow(sequence)
    assert get_region(sequence).length == 11, "with room for those to come"
    sequence.token_ids += range(170)
    assert allocator.grow(sequence)
    assert get_region(sequence).length == 12, "there is no more"
    sequence.token_ids += range(200)
    assert not allocator.grow(sequence)


@pytest.mark.parametrize("num_blocks", [13, 14])
def test_a_child_gets_a_copy_of_its_parents_region(num_blocks: int) -> None:
    allocator = Allocator(RegionPool(num_blocks))
    group = make_group(range(100))
    allocator.reserve(group, is_alone=True)
    (parent,) = group.sequences
    parent.num_computed = 100
    child = parent.fork()
    assert allocator.copy(parent, child) == (num_blocks == 14)
    if num_blocks == 14:
        assert allocator.copies == [Copy(0, 7 * 32, 100)]
        assert child.num_computed == 100


def test_an_overwritten_sequence_takes_over_what_was_generated() -> None:
    allocator = Allocator(RegionPool(20))
    group = make_group(range(100))
    allocator.reserve(group, is_alone=True)
    (parent,) = group.sequences
    parent.num_computed = 100
    child = parent.fork()
    allocator.copy(parent, child)
    parent.token_ids += [1, 2, 3]
    parent.num_computed = 102
    allocator.overwrite(child, parent)
    assert child.token_ids == parent.token_ids
    assert allocator.copies[-1] == Copy(100, 7 * 32 + 100, 2)
