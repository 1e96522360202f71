"""Every block is free, in use or retained after any operation."""

import random

import pytest

from model.engine.kv_cache import RegionPool
from model.engine.prefix import BLOCK_SIZE
from model.engine.region import Copy, Hit, Region


def make_keys(*texts: str) -> list[bytes]:
    return [text.encode() for text in texts]


def count_states(pool: RegionPool) -> tuple[int, int, int]:
    pool.check()
    return pool.num_free, pool.num_used, pool.num_retained


def find(pool: RegionPool, num_blocks: int) -> Region:
    region = pool.find_free_region(num_blocks)
    assert region is not None
    return region


def retain(pool: RegionPool, num_blocks: int, *keys: str) -> Region:
    region = find(pool, num_blocks)
    pool.publish(region, make_keys(*keys))
    pool.release(region)
    return region


def test_regions_do_not_overlap_and_can_run_out() -> None:
    pool = RegionPool(10)
    first, second = find(pool, 4), find(pool, 6)
    assert (first.start, second.start) == (0, 4)
    assert pool.find_free_region(1) is None
    pool.release(first)
    assert count_states(pool) == (4, 6, 0)
    assert pool.find_free_region(5) is None
    assert find(pool, 4).start == 0


def test_published_blocks_are_retained_and_found() -> None:
    pool = RegionPool(10)
    region = retain(pool, 5, "a", "b", "c")
    assert count_states(pool) == (7, 0, 3)
    assert pool.match(make_keys("a", "b", "x")) == [Hit(region, 0), Hit(region, 1)]
    assert pool.match(make_keys("b")) == [Hit(region, 1)]
    assert pool.match(make_keys("x", "a")) == []


def test_unpublished_blocks_are_free_at_once() -> None:
    pool = RegionPool(10)
    pool.release(find(pool, 5))
    assert count_states(pool) == (10, 0, 0)


def test_release_without_keep_retains_nothing() -> None:
    pool = RegionPool(10)
    region = find(pool, 5)
    pool.publish(region, make_keys("a"))
    pool.release(region, keep=False)
    assert count_states(pool) == (10, 0, 0)
    assert pool.match(make_keys("a")) == []


def test_clear_frees_what_is_retained() -> None:
    pool = RegionPool(10)
    retain(pool, 3, "a", "b")
    used = find(pool, 2)
    pool.publish(used, make_keys("c"))
    pool.clear()
    assert count_states(pool) == (8, 2, 0)
    assert pool.match(make_keys("a")) == []
    assert pool.match(make_keys("c"))


def test_the_least_recently_used_region_is_evicted_first() -> None:
    pool = RegionPool(6)
    for name in ("a", "b", "c"):
        retain(pool, 2, f"{name}1", f"{name}2")
    pool.match(make_keys("a1"))
    assert find(pool, 2).start == 2, "b was used longest ago"
    assert pool.match(make_keys("b1")) == []
    assert pool.match(make_keys("a1"))
    assert pool.match(make_keys("c1"))


def test_neighbours_are_evicted_together_when_one_is_not_enough() -> None:
    pool = RegionPool(6)
    for name in ("a", "b", "c"):
        retain(pool, 2, f"{name}1", f"{name}2")
    assert find(pool, 4).start == 0
    assert count_states(pool) == (0, 4, 2)
    assert pool.match(make_keys("c1"))


def test_pinned_regions_stay() -> None:
    pool = RegionPool(4)
    pinned = retain(pool, 2, "a1", "a2")
    retain(pool, 2, "b1", "b2")
    assert find_pinned(pool, 2, pinned).start == 2
    assert pool.find_free_region(2, {pinned}) is None
    assert pool.match(make_keys("a1"))


def find_pinned(pool: RegionPool, num_blocks: int, pinned: Region) -> Region:
    region = pool.find_free_region(num_blocks, {pinned})
    assert region is not None
    return region


def test_a_region_grows_where_it_is() -> None:
    pool = RegionPool(10)
    region = find(pool, 4)
    assert pool.grow(region, 7, num_filled=100) == []
    assert (region.start, region.length) == (0, 7)
    assert count_states(pool) == (3, 7, 0)


def test_a_region_moves_when_a_neighbour_is_in_the_way() -> None:
    pool = RegionPool(20)
    region, _ = find(pool, 4), find(pool, 4)
    assert pool.grow(region, 6, num_filled=100) == [Copy(0, 8 * BLOCK_SIZE, 100)]
    assert (region.start, region.length) == (8, 6)
    assert count_states(pool) == (10, 10, 0)


def test_a_region_moves_into_a_gap_before_it_and_overlaps_itself() -> None:
    pool = RegionPool(10)
    gap, region, _ = find(pool, 3), find(pool, 4), find(pool, 3)
    pool.release(gap)
    assert pool.grow(region, 6, num_filled=128) == [Copy(3 * BLOCK_SIZE, 0, 128)]
    assert count_states(pool) == (1, 9, 0)


def test_free_blocks_elsewhere_are_taken_before_a_retained_neighbour() -> None:
    pool = RegionPool(12)
    region = find(pool, 2)
    retain(pool, 2, "a", "b")
    assert pool.grow(region, 4, num_filled=64) == [Copy(0, 4 * BLOCK_SIZE, 64)]
    assert pool.match(make_keys("a", "b"))


def test_a_region_that_cannot_grow_is_unchanged() -> None:
    pool = RegionPool(8)
    region, _ = find(pool, 4), find(pool, 4)
    assert pool.grow(region, 5, num_filled=128) is None
    assert (region.start, region.length) == (0, 4)


def test_moved_blocks_are_found_in_their_new_place() -> None:
    pool = RegionPool(20)
    region, _ = find(pool, 2), find(pool, 2)
    pool.publish(region, make_keys("a", "b"))
    pool.grow(region, 4, num_filled=64)
    assert [hit.block for hit in pool.match(make_keys("a", "b"))] == [4, 5]


def test_a_retained_region_is_adopted_only_as_a_whole() -> None:
    pool = RegionPool(10)
    region = retain(pool, 4, "a", "b")
    assert pool.adopt(pool.match(make_keys("a"))) is None, "a part would cost others the rest"
    assert pool.adopt(pool.match(make_keys("a", "b"))) is region
    assert count_states(pool) == (8, 2, 0)
    assert pool.adopt(pool.match(make_keys("a", "b"))) is None, "it is in use"
    assert pool.adopt([]) is None


def test_the_newest_owner_of_a_key_is_found_and_the_former_is_freed() -> None:
    pool = RegionPool(10)
    retain(pool, 2, "a", "b")
    newer = find(pool, 3)
    pool.publish(newer, make_keys("a", "b", "c"))
    assert count_states(pool) == (7, 3, 0)
    assert pool.match(make_keys("a")) == [Hit(newer, 0)]


@pytest.mark.parametrize("seed", range(4))
def test_nothing_leaks_after_many_random_operations(seed: int) -> None:
    rng = random.Random(seed)
    pool = RegionPool(rng.choice((8, 30, 100)))
    used: list[Region] = []
    for number in range(2500):
        action = rng.random()
        if action < 0.4 or not used:
            hits = pool.match(make_keys(*(f"{rng.randrange(6)}/{i}" for i in range(4))))
            region = pool.adopt(hits) or pool.find_free_region(rng.randint(1, 12), {hit.region for hit in hits})
            used += [region] if region else []
        elif action < 0.6:
            region = rng.choice(used)
            pool.grow(region, region.length + rng.randint(1, 4), region.capacity)
        elif action < 0.8:
            region = rng.choice(used)
            chain = number if rng.random() < 0.5 else rng.randrange(6)
            if not region.keys:
                pool.publish(region, make_keys(*(f"{chain}/{i}" for i in range(rng.randint(0, region.length)))))
        else:
            pool.release(used.pop(rng.randrange(len(used))), keep=rng.random() < 0.8)
        free, in_use, retained = count_states(pool)
        assert in_use == sum(region.length for region in used)
        assert free + in_use + retained == pool.num_blocks
        assert min(free, in_use, retained) >= 0
    for region in used:
        pool.release(region, keep=False)
    assert pool.num_used == 0
    assert find(pool, pool.num_blocks).length == pool.num_blocks, "all of it can be had again"
