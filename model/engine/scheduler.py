"""Which sequences run in the next step, and where their keys and values go. No tensors here.

First come, first served: decode rows first, then prefill chunks of what is running, then admission, all under one
budget of tokens. When nothing is free for a running sequence, the youngest group is preempted, to be recomputed later.
"""

import time
from bisect import insort
from collections.abc import Container

from model.engine.batch import Batch, Row
from model.engine.budget import Budget, Limits
from model.engine.kv_cache import RegionPool
from model.engine.prefix import BLOCK_SIZE
from model.engine.region import Copy, Region, copies_of
from model.engine.sequence import FinishReason, Group, Sequence

STRETCH = 128
"""Positions reserved ahead of a growing answer."""


class Scheduler:
    """`images` says which views are encoded, by key."""

    def __init__(self, pool: RegionPool, limits: Limits, images: Container[bytes] = ()) -> None:
        self.pool = pool
        self.limits = limits
        self.images = images
        self.waiting: list[Group] = []
        self.running: list[Group] = []
        self.num_preemptions = 0
        self._copies: list[Copy] = []

    def add(self, group: Group) -> None:
        insort(self.waiting, group, key=_rank)

    @property
    def is_idle(self) -> bool:
        return not (self.waiting or self.running)

    def schedule(self) -> Batch:
        """The next step; empty only when nothing waits or runs."""
        batch = Batch()
        budget = Budget(self.limits.max_num_batched_tokens, self.limits.view_cost, self.images)
        for group in list(self.running):
            if group in self.running and group.is_decoding and self._make_room(group):
                batch.rows += [Row(group, s, s.num_computed, 1) for s in group.active]
        budget.tokens -= len(batch.rows)
        for group in self.running:
            if not group.is_decoding:
                self._prefill(group, batch, budget)
        while budget.tokens > 0 and (admitted := self._admit_next()):
            self._prefill(admitted, batch, budget)
        batch.copies, self._copies = self._copies, []
        return batch

    def _make_room(self, group: Group) -> bool:
        """For one more token of each sequence; false where the group itself had to give way."""
        for sequence in group.active:
            while not self._grow(sequence):
                victim = self.running[-1]
                self.preempt(victim)
                if victim is group:
                    return False
        return True

    def _grow(self, sequence: Sequence) -> bool:
        region, length = _region(sequence), len(sequence.token_ids)
        if region.capacity >= length:
            return True
        for wanted in (_reserved(sequence), length):
            copies = self.pool.grow(region, _num_blocks(wanted), sequence.num_computed)
            if copies is not None:
                self._copies += copies
                return True
        return False

    def preempt(self, group: Group) -> None:
        """Back to the queue, in its old place; what it computed may be found again."""
        self.num_preemptions += 1
        self.running.remove(group)
        self._take_regions(group)
        insort(self.waiting, group, key=_rank)

    def _admit_next(self) -> Group | None:
        if not self.waiting:
            return None
        group = self.waiting[0]
        num_seats = sum(running.width for running in self.running)
        if num_seats + group.width > self.limits.max_num_seqs or not self._place(group):
            return None
        self.waiting.pop(0)
        insort(self.running, group, key=_rank)
        if group.admitted_s is None:
            group.admitted_s = time.monotonic()
        return group

    def _place(self, group: Group) -> bool:
        needed = sum(_num_blocks(_reserved(sequence)) for sequence in group.active)
        if needed > self.pool.num_blocks - self.pool.num_used:
            return False
        if self._try_to_place(group):
            return True
        if self.running:
            return False
        self.pool.clear()  # nothing is in the way any more, and the engine took no group that cannot fit alone
        return self._try_to_place(group)

    def _try_to_place(self, group: Group) -> bool:
        if all(self._find_region(group, sequence) for sequence in group.active):
            return True
        self._take_regions(group)
        return False

    def _take_regions(self, group: Group) -> None:
        """What is computed stays findable."""
        for sequence in group.active:
            if sequence.region is not None:
                self.pool.release(sequence.region)
            sequence.region, sequence.num_computed = None, 0

    def _find_region(self, group: Group, sequence: Sequence) -> bool:
        """A region for the tokens so far and a stretch of the answer, with what is known of them already in it."""
        length = len(sequence.token_ids)
        num_blocks = _num_blocks(_reserved(sequence))
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
            copies = copies_of(hits, region)
        self._copies += copies
        self.pool.publish(region, known[: len(hits)])
        sequence.region, sequence.num_computed = region, len(hits) * BLOCK_SIZE
        if group.admitted_s is None:  # later it finds what it computed itself
            group.num_cached = min(sequence.num_computed, sequence.num_prompt_tokens)
        return True

    def _prefill(self, group: Group, batch: Batch, budget: Budget) -> None:
        """The next chunk of each sequence. Several decode together, so none of them goes ahead to its last token."""
        num_left = 1 if len(group.active) > 1 else 0
        for sequence in group.active:
            start = sequence.num_computed
            end = min(start + budget.tokens, len(sequence.token_ids) - num_left)
            end = budget.encode(group, start, end, batch)
            if end > start:
                batch.rows.append(Row(group, sequence, start, end - start))
                budget.tokens -= end - start

    def put_back(self, batch: Batch) -> None:
        """The step has failed: copies in it that are not done yet may be for others, and belong to the next."""
        self._copies = batch.copies + self._copies

    def commit(self, batch: Batch) -> None:
        """The step has run: its rows are in the pool, and what fills a block can be found by others.

        Beams overwrite each other, so only their prompt is published.
        """
        for row in batch.rows:
            sequence = row.sequence
            sequence.num_computed = row.end
            num_lasting = min(row.end, sequence.num_prompt_tokens) if row.group.beams else row.end
            sequence.keys.extend(sequence.token_ids)
            self.pool.publish(_region(sequence), sequence.keys.keys[: num_lasting // BLOCK_SIZE])

    def branch(self, group: Group, parents: list[int]) -> None:
        """Let child i go on from `group.active[parents[i]]`: the first child of each in its place, others in a copy."""
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
        """The prompt is the same, so only what was generated is copied."""
        sequence.become(parent)
        if sequence.region is not None and parent.region is not None:
            start = parent.num_prompt_tokens
            length = parent.num_computed - start
            self._copies.append(Copy(parent.region.slot + start, sequence.region.slot + start, length))
        return sequence

    def _fork(self, group: Group, parent: Sequence) -> Sequence:
        """Preempts younger groups for the child's region, or else its own: then all is computed again later."""
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
        """The end of one sequence; its region stays findable, but for an error."""
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


def _rank(group: Group) -> float:
    return group.rank


def _region(sequence: Sequence) -> Region:
    assert sequence.region is not None, "a sequence that runs has a region"
    return sequence.region


def _reserved(sequence: Sequence) -> int:
    """How many positions a sequence gets: its tokens so far, and a stretch for those to come."""
    return min(len(sequence.token_ids) + STRETCH, sequence.max_len)


def _num_blocks(num_positions: int) -> int:
    return -(-num_positions // BLOCK_SIZE)
