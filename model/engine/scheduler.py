"""Which sequences run in the next step, and where their keys and values go. No tensors here.

Groups are served in the order of their rank. A step takes decode rows first, then prefill chunks of running groups,
then admits waiting ones, all under one budget of tokens. When no block is free for a running sequence, the youngest
group is preempted and computed again later.
"""

import time
from bisect import insort
from collections.abc import Container
from operator import attrgetter

from model.engine.batch import Batch, Row
from model.engine.budget import Budget, Limits
from model.engine.kv_cache import RegionPool
from model.engine.prefix import BLOCK_SIZE, count_blocks
from model.engine.region import Copy, Region, plan_copies
from model.engine.sequence import FinishReason, Group, Sequence

NUM_LOOKAHEAD = 128
"""The number of positions reserved ahead of a growing answer."""

_by_rank = attrgetter("rank")


class Scheduler:
    """The queue of waiting groups, the running ones, and their regions. `images` contains the encoded views' keys."""

    def __init__(self, pool: RegionPool, limits: Limits, images: Container[bytes] = ()) -> None:
        self.pool = pool
        self.limits = limits
        self.images = images
        self.waiting: list[Group] = []
        self.running: list[Group] = []
        self.num_preemptions = 0
        self._copies: list[Copy] = []
        self._uncommitted: Batch | None = None

    def add(self, group: Group) -> None:
        insort(self.waiting, group, key=_by_rank)

    @property
    def is_idle(self) -> bool:
        return not (self.waiting or self.running)

    def schedule(self) -> Batch:
        """Return the next step's batch, which is empty only when nothing waits or runs."""
        batch = Batch()
        budget = Budget(self.limits.max_num_batched_tokens, self.limits.view_cost, self.images)
        for group in list(self.running):
            if group in self.running and group.is_decoding and self._grow_regions(group):
                batch.rows += [Row(group, s, s.num_computed, 1) for s in group.active]
        budget.num_tokens -= len(batch.rows)
        for group in self.running:
            if not group.is_decoding:
                self._add_chunks(group, batch, budget)
        while budget.num_tokens > 0 and (admitted := self._admit_next()):
            self._add_chunks(admitted, batch, budget)
        batch.copies, self._copies = self._copies, []
        self._uncommitted = batch
        return batch

    def _grow_regions(self, group: Group) -> bool:
        """Make room for each sequence's next token. Return false when the group itself was preempted for lack of it."""
        for sequence in group.active:
            while not self._grow_region(sequence):
                victim = self.running[-1]
                self.preempt(victim)
                if victim is group:
                    return False
        return True

    def _grow_region(self, sequence: Sequence) -> bool:
        region, length = _get_region(sequence), len(sequence.token_ids)
        if region.capacity >= length:
            return True
        for num_positions in (_count_reserved(sequence), length):
            copies = self.pool.grow(region, count_blocks(num_positions), sequence.num_computed)
            if copies is not None:
                self._copies += copies
                return True
        return False

    def preempt(self, group: Group) -> None:
        """Put a running group back into its old place in the queue. What it computed may be found again."""
        self.num_preemptions += 1
        self.running.remove(group)
        self._release_regions(group)
        insort(self.waiting, group, key=_by_rank)

    def _admit_next(self) -> Group | None:
        if not self.waiting:
            return None
        group = self.waiting[0]
        num_seqs = sum(running.width for running in self.running)
        if num_seqs + group.width > self.limits.max_num_seqs or not self._reserve_regions(group):
            return None
        self.waiting.pop(0)
        insort(self.running, group, key=_by_rank)
        if group.admitted_s is None:
            group.admitted_s = time.monotonic()
        return group

    def _reserve_regions(self, group: Group) -> bool:
        num_needed = sum(count_blocks(_count_reserved(sequence)) for sequence in group.active)
        if num_needed > self.pool.num_blocks - self.pool.num_used:
            return False
        if self._try_to_reserve(group):
            return True
        if self.running:
            return False
        self.pool.clear()  # nothing is in the way any more, and no request that cannot fit alone was admitted
        return self._try_to_reserve(group)

    def _try_to_reserve(self, group: Group) -> bool:
        if all(self._reserve_region(group, sequence) for sequence in group.active):
            return True
        self._release_regions(group)
        return False

    def _release_regions(self, group: Group) -> None:
        for sequence in group.active:
            if sequence.region is not None:
                self.pool.release(sequence.region)
            sequence.region, sequence.num_computed = None, 0

    def _reserve_region(self, group: Group, sequence: Sequence) -> bool:
        """Give a sequence a region that begins with the known part of its prefix. Return false for lack of room."""
        length = len(sequence.token_ids)
        num_blocks = count_blocks(_count_reserved(sequence))
        sequence.keys.extend(sequence.token_ids)
        known = [] if group.params.prompt_logprobs is not None else sequence.keys.keys[: (length - 1) // BLOCK_SIZE]
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
        self._copies += copies
        self.pool.publish(region, known[: len(hits)])
        sequence.region, sequence.num_computed = region, len(hits) * BLOCK_SIZE
        if group.admitted_s is None:  # after a preemption it finds what it computed itself
            group.num_cached = min(sequence.num_computed, sequence.num_prompt_tokens)
        return True

    def _add_chunks(self, group: Group, batch: Batch, budget: Budget) -> None:
        """Add the next prefill chunk of each sequence. Several stop before their last token, to decode it together."""
        num_left = 1 if len(group.active) > 1 else 0
        for sequence in group.active:
            start = sequence.num_computed
            end = min(start + budget.num_tokens, len(sequence.token_ids) - num_left)
            end = budget.add_views(group, start, end, batch)
            if end > start:
                batch.rows.append(Row(group, sequence, start, end - start))
                budget.num_tokens -= end - start

    def roll_back(self) -> Batch | None:
        """Take back the batch whose step failed, and return it; None when the last step was committed.

        Its copies that are not done yet may be for other groups, so they belong to the next step.
        """
        batch, self._uncommitted = self._uncommitted, None
        if batch is not None:
            self._copies = batch.copies + self._copies
        return batch

    def commit(self, batch: Batch) -> None:
        """Note that a step has run: its rows are in the pool, and others may find the blocks that are full.

        Beams overwrite each other, so only their prompt is published.
        """
        for row in batch.rows:
            sequence = row.sequence
            sequence.num_computed = row.end
            num_lasting = min(row.end, sequence.num_prompt_tokens) if row.group.beams else row.end
            sequence.keys.extend(sequence.token_ids)
            self.pool.publish(_get_region(sequence), sequence.keys.keys[: num_lasting // BLOCK_SIZE])
        self._uncommitted = None

    def branch(self, group: Group, parents: list[int]) -> None:
        """Let child i continue `group.active[parents[i]]`. The first child of a parent takes its place."""
        active = group.active
        spare = [sequence for index, sequence in enumerate(active) if index not in parents]
        children: list[Sequence] = []
        for parent in (active[index] for index in parents):
            if parent not in children:
                children.append(parent)
            elif spare:
                children.append(self._overwrite(spare.pop(), parent))
            else:
                children.append(self._fork(group, parent))
        group.sequences = [s for s in group.sequences if s.finish_reason is not None] + children

    def _overwrite(self, sequence: Sequence, parent: Sequence) -> Sequence:
        """Make a sequence a copy of its parent. The prompt is the same, so only what was generated is copied."""
        sequence.copy_from(parent)
        if sequence.region is not None and parent.region is not None:
            start = parent.num_prompt_tokens
            length = parent.num_computed - start
            self._copies.append(Copy(parent.region.slot + start, sequence.region.slot + start, length))
        return sequence

    def _fork(self, group: Group, parent: Sequence) -> Sequence:
        """Add a copy of a sequence. The youngest groups are preempted for its region, at last this group itself."""
        child = parent.fork()
        group.sequences.append(child)
        while parent.region is not None and child.region is None:
            child.region = self.pool.find_free_region(parent.region.length)
            if child.region is None:
                self.preempt(self.running[-1])
            else:
                child.num_computed = parent.num_computed
                self._copies.append(Copy(parent.region.slot, child.region.slot, parent.num_computed))
        return child

    def finish(self, group: Group, sequence: Sequence, reason: FinishReason) -> None:
        """End a sequence. What it computed may be found by others, except after an error. Ending twice is allowed."""
        if sequence.finish_reason is not None:
            return
        sequence.finish_reason = reason
        if sequence.region is not None:
            self.pool.release(sequence.region, keep=reason != "error")
            sequence.region = None
        if group.is_finished:
            (self.running if group in self.running else self.waiting).remove(group)

    def check(self) -> None:
        """Raise `AssertionError` where the pool and the sequences disagree."""
        self.pool.check()
        regions = [s.region for group in self.running for s in group.active]
        assert None not in regions, "a running sequence has no region"
        assert len(set(regions)) == len(regions), "two sequences share a region"
        assert sum(region.length for region in regions if region) == self.pool.num_used, "a region is lost"
        assert all(s.region is None for group in self.waiting for s in group.active), "a waiting sequence has a region"
        assert all(not group.is_finished for group in self.waiting + self.running), "a finished group is still here"


def _get_region(sequence: Sequence) -> Region:
    assert sequence.region is not None, "a running sequence has a region"
    return sequence.region


def _count_reserved(sequence: Sequence) -> int:
    """Return how many positions a sequence reserves: its tokens so far, and some for those to come."""
    return min(len(sequence.token_ids) + NUM_LOOKAHEAD, sequence.max_len)
