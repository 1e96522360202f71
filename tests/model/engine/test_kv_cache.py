"""Every block is free, in use or retained, whatever is done."""

import random

import pytest

from model.engine.kv_cache import RegionPool
from model.engine.prefix import BLOCK_SIZE
from model.engine.region import Copy, Hit, Region


def names(*texts: str) -> list[bytes]:
    return [text.encode() for text in texts]


def states(pool: RegionPool) -> tuple[int, int, int]:
    pool.check()
    return pool.num_free, pool.num_used, pool.num_retained


def find(pool: RegionPool, num_blocks: int) -> Region:
    region = pool.find_free_region(num_blocks)
    assert region is not None
    return region


def finished(pool: RegionPool, num_blocks: int, *keys: str) -> Region:
    region = find(pool, num_blocks)
    pool.publish(region, names(*keys))
    pool.release(region)
    return region


def test_regions_do_not_overlap_and_run_out() -> None:
    pool = RegionPool(10)
    first, second = find(pool, 4), find(pool, 6)
    assert (first.start, second.start) == (0, 4)
    assert pool.find_free_region(1) is None
    pool.release(first)
    assert states(pool) == (4, 6, 0)
    assert pool.find_free_region(5) is None
    assert find(pool, 4).start == 0


def test_what_was_published_is_retained_and_found() -> None:
    pool = RegionPool(10)
    region = finished(pool, 5, "a", "b", "c")
    assert states(pool) == (7, 0, 3)
    assert pool.match(names("a", "b", "x")) == [Hit(region, 0), Hit(region, 1)]
    assert pool.match(names("b")) == [Hit(region, 1)]
    assert pool.match(names("x", "a")) == []


def test_what_was_not_published_is_free_at_once() -> None:
    pool = RegionPool(10)
    pool.release(find(pool, 5))
    assert states(pool) == (10, 0, 0)


def test_an_error_keeps_nothing() -> None:
    pool = RegionPool(10)
    region = find(pool, 5)
    pool.publish(region, names("a"))
    pool.release(region, keep=False)
    assert states(pool) == (10, 0, 0)
    assert pool.match(names("a")) == []


def test_what_is_retained_can_be_forgotten() -> None:
    pool = RegionPool(10)
    finished(pool, 3, "a", "b")
    used = find(pool, 2)
    pool.publish(used, names("c"))
    pool.clear()
    assert states(pool) == (8, 2, 0)
    assert pool.match(names("a")) == []
    assert pool.match(names("c"))


def test_the_least_recently_used_goes_first() -> None:
    pool = RegionPool(6)
    for name in ("a", "b", "c"):
        finished(pool, 2, f"{name}1", f"{name}2")
    pool.match(names("a1"))
    assert find(pool, 2).start == 2, "b was used longest ago"
    assert pool.match(names("b1")) == []
    assert pool.match(names("a1"))
    assert pool.match(names("c1"))


def test_neighbours_are_given_up_together_when_one_is_not_enough() -> None:
    pool = RegionPool(6)
    for name in ("a", "b", "c"):
        finished(pool, 2, f"{name}1", f"{name}2")
    assert find(pool, 4).start == 0
    assert states(pool) == (0, 4, 2)
    assert pool.match(names("c1"))


def test_pinned_regions_stay() -> None:
    pool = RegionPool(4)
    pinned = finished(pool, 2, "a1", "a2")
    finished(pool, 2, "b1", "b2")
    assert find_pinned(pool, 2, pinned).start == 2
    assert pool.find_free_region(2, {pinned}) is None
    assert pool.match(names("a1"))


def find_pinned(pool: RegionPool, num_blocks: int, pinned: Region) -> Region:
    region = pool.find_free_region(num_blocks, {pinned})
    assert region is not None
    return region


def test_a_region_grows_where_it_is() -> None:
    pool = RegionPool(10)
    region = find(pool, 4)
    assert pool.grow(region, 7, num_filled=100) == []
    assert (region.start, region.length) == (0, 7)
    assert states(pool) == (3, 7, 0)


def test_it_moves_where_a_neighbour_is_in_the_way() -> None:
    pool = RegionPool(20)
    region, _ = find(pool, 4), find(pool, 4)
    assert pool.grow(region, 6, num_filled=100) == [Copy(0, 8 * BLOCK_SIZE, 100)]
    assert (region.start, region.length) == (8, 6)
    assert states(pool) == (10, 10, 0)


def test_it_moves_over_itself_into_a_gap_before_it() -> None:
    pool = RegionPool(10)
    gap, region, _ = find(pool, 3), find(pool, 4), find(pool, 3)
    pool.release(gap)
    assert pool.grow(region, 6, num_filled=128) == [Copy(3 * BLOCK_SIZE, 0, 128)]
    assert states(pool) == (1, 9, 0)


def test_free_room_elsewhere_is_taken_before_a_retained_neighbour() -> None:
    pool = RegionPool(12)
    region = find(pool, 2)
    finished(pool, 2, "a", "b")
    assert pool.grow(region, 4, num_filled=64) == [Copy(0, 4 * BLOCK_SIZE, 64)]
    assert pool.match(names("a", "b"))


def test_a_region_that_cannot_grow_is_left_alone() -> None:
    pool = RegionPool(8)
    region, _ = find(pool, 4), find(pool, 4)
    assert pool.grow(region, 5, num_filled=128) is None
    assert (region.start, region.length) == (0, 4)


def test_what_moved_is_found_in_its_new_place() -> None:
    pool = RegionPool(20)
    region, _ = find(pool, 2), find(pool, 2)
    pool.publish(region, names("a", "b"))
    pool.grow(region, 4, num_filled=64)
    assert [hit.block for hit in pool.match(names("a", "b"))] == [4, 5]


def test_the_whole_of_a_retained_region_is_adopted() -> None:
    pool = RegionPool(10)
    region = finished(pool, 4, "a", "b")
    assert pool.adopt(pool.match(names("a"))) is None, "a part would cost others the rest"
    assert pool.adopt(pool.match(names("a", "b"))) is region
    assert states(pool) == (8, 2, 0)
    assert pool.adopt(pool.match(names("a", "b"))) is None, "it is in use"
    assert pool.adopt([]) is None


def test_the_newest_owner_is_found_and_the_former_is_freed() -> None:
    pool = RegionPool(10)
    finished(pool, 2, "a", "b")
    newer = find(pool, 3)
    pool.publish(newer, names("a", "b", "c"))
    assert states(pool) == (7, 3, 0)
    assert pool.match(names("a")) == [Hit(newer, 0)]


@pytest.mark.parametrize("seed", range(4))
def test_nothing_leaks_after_many_random_operations(seed: int) -> None:
    rng = random.Random(seed)
    pool = RegionPool(rng.choice((8, 30, 100)))
    used: list[Region] = []
    for number in range(2500):
        action = rng.random()
        if action < 0.4 or not used:
            hits = pool.match(names(*(f"{rng.randrange(6)}/{i}" for i in range(4))))
            region = pool.adopt(hits) or pool.find_free_region(rng.randint(1, 12), {hit.region for hit in hits})
            used += [region] if region else []
        elif action < 0.6:
            region = rng.choice(used)
            pool.grow(region, region.length + rng.randint(1, 4), region.capacity)
        elif action < 0.8:
            region = rng.choice(used)
            chain = number if rng.random() < 0.5 else rng.randrange(6)
            if not region.keys:
                pool.publish(region, names(*(f"{chain}/{i}" for i in range(rng.randint(0, region.length)))))
        else:
            pool.release(used.pop(rng.randrange(len(used))), keep=rng.random() < 0.8)
        free, in_use, retained = states(pool)
        assert in_use == sum(region.length for region in used)
        assert free + in_use + retained == pool.num_blocks
        assert min(free, in_use, retained) >= 0
    for region in used:
        pool.release(region, keep=False)
    assert pool.num_used == 0
    assert find(pool, pool.num_blocks).length == pool.num_blocks, "all of it can be had again"
