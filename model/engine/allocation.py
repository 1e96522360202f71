"""The regions of sequences: reserved with the known part of a prefix, grown, copied, released. No tensors here."""

from model.engine.kv_cache import RegionPool
from model.engine.prefix import BLOCK_SIZE, count_blocks
from model.engine.region import Copy, Region, plan_copies
from model.engine.sequence import Group, Sequence

NUM_LOOKAHEAD = 128
"""The number of positions reserved ahead of a growing answer."""


class Allocator:
    """Gives sequences their regions of a pool. `copies` are those that the next step has to make, in their order."""

    def __init__(self, pool: RegionPool) -> None:
        self.pool = pool
        self.copies: list[Copy] = []

    def reserve(self, group: Group, is_alone: bool) -> bool:
        """Give each sequence of a group a region. Return false, with nothing reserved, for lack of room."""
        if count_needed(group) > self.pool.num_blocks - self.pool.num_used:
            return False
        if self._try_to_reserve(group):
            return True
        if not is_alone:
            return False
        self.pool.clear()  # nothing is in the way any more, and no request that cannot fit alone was admitted
        return self._try_to_reserve(group)

    def _try_to_reserve(self, group: Group) -> bool:
        if all(self._reserve_region(group, sequence) for sequence in group.active):
            return True
        self.release(group)
        return False

    def _reserve_region(self, group: Group, sequence: Sequence) -> bool:
        """Give a sequence a region that begins with the known part of its prefix. Return false for lack of room."""
        num_blocks = count_blocks(_count_reserved(sequence))
        sequence.keys.extend(sequence.token_ids)
        known = sequence.keys.keys[: _count_skippable(group, sequence) // BLOCK_SIZE]
        hits = self.pool.match(known)
        region = self.pool.adopt(hits)
        if region is not None:
            copies = self.pool.grow(region, num_blocks, region.capacity)
            if copies is None:
                self.pool.release(region)
                return False
        else:
            region = self.pool.find_free_region(num_blocks, {hit.region for hit in hits})
            if region is None:
                hits, region = [], self.pool.find_free_region(num_blocks)
            if region is None:
                return False
            copies = plan_copies(hits, region)
        self.copies += copies
        self.pool.publish(region, known[: len(hits)])
        sequence.region, sequence.num_computed = region, len(hits) * BLOCK_SIZE
        if group.admitted_s is None:  # after a preemption it finds what it computed itself
            group.num_cached = min(sequence.num_computed, sequence.num_prompt_tokens)
        return True

    def release(self, group: Group) -> None:
        """Take the regions of a group back. What it computed may be found again."""
        for sequence in group.active:
            if sequence.region is not None:
                self.pool.release(sequence.region)
            sequence.region, sequence.num_computed = None, 0

    def grow(self, sequence: Sequence) -> bool:
        """Make room for a sequence's next token. Return false for lack of it."""
        region, length = get_region(sequence), len(sequence.token_ids)
        if region.capacity >= length:
            return True
        for num_positions in (_count_reserved(sequence), length):
            copies = self.pool.grow(region, count_blocks(num_positions), sequence.num_computed)
            if copies is not None:
                self.copies += copies
                return True
        return False

    def copy(self, parent: Sequence, child: Sequence) -> bool:
        """Give a child a region with the content of its parent's. Return false for lack of room."""
        source = get_region(parent)
        child.region = self.pool.find_free_region(source.length)
        if child.region is None:
            return False
        child.num_computed = parent.num_computed
        self.copies.append(Copy(source.slot, child.region.slot, parent.num_computed))
        return True

    def overwrite(self, sequence: Sequence, parent: Sequence) -> None:
        """Make a sequence a copy of its parent. The prompt is the same, so only what was generated is copied."""
        sequence.copy_from(parent)
        if sequence.region is not None and parent.region is not None:
            start = parent.num_prompt_tokens
            length = parent.num_computed - start
            self.copies.append(Copy(parent.region.slot + start, sequence.region.slot + start, length))


def get_region(sequence: Sequence) -> Region:
    assert sequence.region is not None, "a running sequence has a region"
    return sequence.region


def count_needed(group: Group) -> int:
    """Return how many blocks a waiting group reserves when it is admitted."""
    return sum(count_blocks(_count_reserved(sequence)) for sequence in group.active)


def _count_skippable(group: Group, sequence: Sequence) -> int:
    """Return how many of the first positions need not be computed again where their keys and values are known.

    The last one must, for the next token, and so must those whose logits are wanted and not known yet.
    """
    num_before_last = len(sequence.token_ids) - 1
    if group.params.prompt_logprobs is None:
        return num_before_last
    return min(num_before_last, len(group.prompt_logprobs))


def _count_reserved(sequence: Sequence) -> int:
    """Return how many positions a sequence reserves: its tokens so far, and some for those to come."""
    return min(len(sequence.token_ids) + NUM_LOOKAHEAD, sequence.max_len)
