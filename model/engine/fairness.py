"""How owners share the engine: by the work that was done for them, however many requests they send. No tensors here.

The order is start-time fair queueing (Goyal et al., "Start-time Fair Queuing", 1996) over tokens and sequences. Where
everything is taken, an owner below its share replaces groups of those above theirs.
"""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import add

from model.engine.allocation import count_needed
from model.engine.sequence import Group

MAX_LEAD = 8192
"""How many tokens more than the owner of a group without room an owner may have been served, and still overtake it."""

MAX_REPEATED = 16
"""A replaced group is not replaced again before it has a new token for so many that it had to compute again."""

MIN_RUN = 16
"""How many tokens of each sequence it has by then if all that its owner has running is larger than a share."""


class ServiceCounts:
    """How much each owner was served, in tokens. Who was served least goes first.

    An owner that had nothing to do begins level with the least served of the others: idle time earns nothing.
    """

    def __init__(self) -> None:
        self._served: Counter[str] = Counter()

    def enter(self, owner: str, busy: Collection[str]) -> None:
        """Note that an owner has a request, beside the owners that are `busy` already."""
        if owner in busy:
            return
        least = min((self._served[other] for other in busy), default=0)
        kept = {other: count for other, count in self._served.items() if other in busy or (busy and count > least)}
        self._served = Counter(kept)
        self._served[owner] = max(self._served[owner], least)

    def charge(self, owner: str, amount: int) -> None:
        self._served[owner] += amount

    def __getitem__(self, owner: str) -> int:
        return self._served[owner]

    def get_turn(self, group: Group) -> tuple[int, float]:
        """Return what orders groups of several owners; the lowest goes first."""
        return self._served[group.owner], group.rank


@dataclass(frozen=True)
class Load:
    """Places for sequences, and blocks of the KV cache."""

    num_seqs: float = 0
    num_blocks: float = 0

    def __add__(self, other: "Load") -> "Load":
        return Load(self.num_seqs + other.num_seqs, self.num_blocks + other.num_blocks)

    def __sub__(self, other: "Load") -> "Load":
        return Load(self.num_seqs - other.num_seqs, self.num_blocks - other.num_blocks)

    def is_within(self, other: "Load") -> bool:
        return self.num_seqs <= other.num_seqs and self.num_blocks <= other.num_blocks


def count_held(group: Group) -> Load:
    """Return what a running group holds."""
    return Load(group.width, sum(sequence.region.length for sequence in group.active if sequence.region is not None))


class Holdings:
    """What the running groups of each owner hold, and the equal share of each of `num_owners`."""

    def __init__(self, running: Sequence[Group], total: Load, num_owners: int) -> None:
        self._running = running
        self._total = total
        self._share = Load(total.num_seqs / num_owners, total.num_blocks / num_owners)
        self._held: dict[str, Load] = {}
        for group in running:
            self._held[group.owner] = self._held.get(group.owner, Load()) + count_held(group)

    @property
    def is_anyone_above(self) -> bool:
        return not all(held.is_within(self._share) for held in self._held.values())

    def find_largest(self) -> str:
        """Return the owner with the most blocks; of equals the one whose youngest group is youngest."""
        youngest = {group.owner: place for place, group in enumerate(self._running)}
        return max(youngest, key=lambda owner: (self._held[owner].num_blocks, youngest[owner]))

    def list_victims(self, claimant: Group) -> list[Group]:
        """Return the groups that a waiting one may replace, in this order; none where all of them would not do.

        Each is the youngest of the owner who holds most of what is short. The claimant's owner either has nothing
        running, or stays within its share and is past the prompts of all that runs. Only in the first case may an owner
        come down from above its share to below it, for a group may be larger than a share.
        """
        needed = Load(claimant.width, count_needed(claimant))
        own = self._held.get(claimant.owner)
        if own is not None and not (own + needed).is_within(self._share):
            return []
        if any(not group.is_decoding for group in self._running if group.owner == claimant.owner):
            return []
        held, victims = dict(self._held), list[Group]()
        free = self._total - reduce(add, held.values())
        while (victim := self._find_victim(held, needed.num_seqs > free.num_seqs, claimant, victims)) is not None:
            victims.append(victim)
            held[victim.owner] -= count_held(victim)
            free += count_held(victim)
        return victims if needed.is_within(free) else []

    def _find_victim(
        self, held: dict[str, Load], is_short_of_seqs: bool, claimant: Group, chosen: Collection[Group]
    ) -> Group | None:
        def count(load: Load) -> float:
            return load.num_seqs if is_short_of_seqs else load.num_blocks

        share, has_nothing = count(self._share), claimant.owner not in held
        above = [owner for owner, load in held.items() if owner != claimant.owner and count(load) > share]
        for owner in sorted(above, key=lambda owner: count(held[owner]), reverse=True):
            for group in reversed(self._running):
                if group.owner != owner or group.num_owed > 0 or group in chosen:
                    continue
                if count(held[owner] - count_held(group)) >= share or (has_nothing and _has_run(group)):
                    return group
        return None


def _has_run(group: Group) -> bool:
    """Return whether a group was never preempted, or has run for a while since."""
    return group.num_lost == 0 or -group.num_owed >= MIN_RUN * group.width
