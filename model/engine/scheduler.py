"""Which sequences run in the next step, and where their keys and values go. No tensors here.

Owners take turns, and the groups of one owner are served in the order of their rank. A step takes decode rows first,
then prefill chunks of groups that run or that it admits, all under one budget of tokens. When no block is free for a
running sequence, the youngest group of the owner who holds most is preempted and computed again later.
"""

import time
from bisect import insort
from collections.abc import Container
from operator import attrgetter

from model.engine.allocation import Allocator, get_region
from model.engine.batch import Batch, Row
from model.engine.budget import Budget, Limits
from model.engine.fairness import MAX_LEAD, MAX_REPEATED, Holdings, Load, ServiceCounts
from model.engine.kv_cache import RegionPool
from model.engine.prefix import BLOCK_SIZE
from model.engine.sequence import FinishReason, Group, Sequence

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
        self._allocator = Allocator(pool)
        self._served = ServiceCounts()
        self._uncommitted: Batch | None = None

    def add(self, group: Group) -> None:
        self._served.enter(group.owner, self._list_owners())
        insort(self.waiting, group, key=_by_rank)

    @property
    def is_idle(self) -> bool:
        return not (self.waiting or self.running)

    def _list_owners(self) -> set[str]:
        return {group.owner for groups in (self.waiting, self.running) for group in groups}

    def schedule(self) -> Batch:
        """Return the next step's batch, which is empty only when nothing waits or runs."""
        batch = Batch()
        budget = Budget(self.limits.max_num_batched_tokens, self.limits.view_cost, self.images)
        self._replace_groups()
        self._replace_background()
        for group in list(self.running):
            if group in self.running and group.is_decoding:
                self._grow_regions(group)
        for group in self.running:
            if group.is_decoding:
                self._add_rows(batch, budget, [Row(group, s, s.num_computed, 1) for s in group.active])
        self._add_prefill(batch, budget)
        batch.copies, self._allocator.copies = self._allocator.copies, []
        self._uncommitted = batch
        return batch

    def _add_rows(self, batch: Batch, budget: Budget, rows: list[Row]) -> None:
        batch.rows += rows
        for row in rows:
            budget.num_tokens -= row.length
            self._served.charge(row.group.owner, row.length)

    def _replace_groups(self) -> None:
        """Admit groups of owners below their share in the place of others', where owners are above theirs."""
        num_owners = len(self._list_owners())
        if num_owners < 2:
            return
        total = Load(self.limits.max_num_seqs, self.pool.num_blocks)
        holdings = Holdings(self.running, total, num_owners)
        for group in sorted(self._list_first([]), key=self._served.get_turn):
            if not holdings.is_anyone_above:
                return
            if victims := holdings.list_victims(group):
                while not self._admit(group) and victims:
                    self.preempt(victims.pop(0))
                holdings = Holdings(self.running, total, num_owners)

    def _replace_background(self) -> None:
        """Admit the first group of each owner in the place of groups of its own that are in the background."""
        for group in self._list_first([]):
            victims = [] if group.is_background else self._list_background(group.owner)
            while victims and not self._admit(group):
                self.preempt(victims.pop())

    def _list_background(self, owner: str) -> list[Group]:
        """Return the running groups of an owner that are in the background, the oldest first."""
        return [each for each in self.running if each.is_background and each.owner == owner and each.num_owed <= 0]

    def _grow_regions(self, group: Group) -> None:
        """Make room for each sequence's next token, unless the group itself is preempted for lack of it."""
        for sequence in group.active:
            while not self._allocator.grow(sequence):
                if self._preempt_for_room() is group:
                    return

    def _preempt_for_room(self) -> Group:
        """Preempt the youngest group of the owner who holds most, and return it."""
        largest = Holdings(self.running, Load(), 1).find_largest()
        victim = next(group for group in reversed(self.running) if group.owner == largest)
        self.preempt(victim)
        return victim

    def preempt(self, group: Group) -> None:
        """Put a running group back into its old place in the queue. What it computed may be found again."""
        self.num_preemptions += 1
        self.running.remove(group)
        group.num_lost = sum(sequence.num_computed for sequence in group.active)
        self._allocator.release(group)
        insort(self.waiting, group, key=_by_rank)

    def _add_prefill(self, batch: Batch, budget: Budget) -> None:
        """Add the chunks of prompts, those of the owner who was served least first, and admit waiting groups."""
        begun = [group for group in self.running if not group.is_decoding]
        without_room: list[Group] = []
        while budget.num_tokens > 0 and (group := self._pick_next(begun, without_room)) is not None:
            if group in begun:
                begun.remove(group)
            elif not self._admit(group):
                without_room.append(group)
                continue
            self._add_chunks(group, batch, budget)

    def _pick_next(self, begun: list[Group], without_room: list[Group]) -> Group | None:
        """Return the first group of the owner whose turn it is.

        Those for which there is no room are overtaken only by owners that run nothing and were not served much more.
        """
        firsts = self._list_first(begun)
        if without_room:
            busy = {group.owner for group in self.running} | {group.owner for group in without_room}
            most = self._served[without_room[0].owner] + MAX_LEAD
            firsts = [g for g in firsts if g in begun or (g.owner not in busy and self._served[g.owner] <= most)]
        return min(firsts, key=self._served.get_turn, default=None)

    def _list_first(self, begun: list[Group]) -> list[Group]:
        """Return each owner's first group, of those that are `begun` and then of those that wait."""
        firsts: dict[str, Group] = {}
        for groups in (begun, self.waiting):
            for group in groups:
                firsts.setdefault(group.owner, group)
        return list(firsts.values())

    def _admit(self, group: Group) -> bool:
        """Let a waiting group run. Return false for lack of room."""
        num_seqs = sum(running.width for running in self.running)
        if num_seqs + group.width > self.limits.max_num_seqs:
            return False
        if not self._allocator.reserve(group, is_alone=not self.running):
            return False
        self.waiting.remove(group)
        insort(self.running, group, key=_by_rank)
        self._served.charge(group.owner, group.width)
        num_repeated = group.num_lost - sum(sequence.num_computed for sequence in group.active)
        group.num_owed = max(num_repeated + -(-num_repeated // MAX_REPEATED), 0)
        if group.admitted_s is None:
            group.admitted_s = time.monotonic()
        return True

    def _add_chunks(self, group: Group, batch: Batch, budget: Budget) -> None:
        """Add the next prefill chunk of each sequence. Several stop before their last token, to decode it together."""
        num_left = 1 if len(group.active) > 1 else 0
        for sequence in group.active:
            start = sequence.num_computed
            end = min(start + budget.num_tokens, len(sequence.token_ids) - num_left)
            end = budget.add_views(group, start, end, batch)
            if end > start:
                self._add_rows(batch, budget, [Row(group, sequence, start, end - start)])

    def roll_back(self) -> Batch | None:
        """Take back the batch whose step failed, and return it; None when the last step was committed.

        Its copies that are not done yet may be for other groups, so they belong to the next step.
        """
        batch, self._uncommitted = self._uncommitted, None
        if batch is not None:
            self._allocator.copies = batch.copies + self._allocator.copies
        return batch

    def commit(self, batch: Batch) -> None:
        """Note that a step has run: its rows are in the pool, and others may find the blocks that are full.

        Beams overwrite each other, so only their prompt is published.
        """
        for row in batch.rows:
            sequence = row.sequence
            sequence.num_computed = row.end
            row.group.num_owed -= row.length
            num_lasting = min(row.end, sequence.num_prompt_tokens) if row.group.beams else row.end
            sequence.keys.extend(sequence.token_ids)
            self.pool.publish(get_region(sequence), sequence.keys.keys[: num_lasting // BLOCK_SIZE])
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
                children.append(spare.pop())
                self._allocator.overwrite(children[-1], parent)
            else:
                children.append(self._fork(group, parent))
        group.sequences = [s for s in group.sequences if s.finish_reason is not None] + children

    def _fork(self, group: Group, parent: Sequence) -> Sequence:
        """Add a copy of a sequence. Groups are preempted for its region, at last this group itself."""
        child = parent.fork()
        group.sequences.append(child)
        while parent.region is not None and not self._allocator.copy(parent, child):
            self._preempt_for_room()
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
