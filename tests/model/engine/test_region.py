"""Regions count their positions, and copies into them are joined."""

from model.engine.prefix import BLOCK_SIZE
from model.engine.region import Copy, Hit, Region, plan_copies


def test_a_region_has_its_end_slot_and_capacity() -> None:
    region = Region(3, 2)
    assert (region.end, region.slot, region.capacity) == (5, 3 * BLOCK_SIZE, 2 * BLOCK_SIZE)


def test_neighbouring_blocks_are_one_copy() -> None:
    one, other, target = Region(0, 2), Region(2, 1), Region(10, 5)
    hits = [Hit(one, 0), Hit(one, 1), Hit(other, 0), Hit(one, 0)]
    assert plan_copies(hits, target) == [Copy(0, 320, 96), Copy(0, 416, 32)]
    assert plan_copies([], target) == []
