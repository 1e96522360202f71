"""A sequence's region of the KV pool, and the copies that bring known content into it. No tensors here."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from model.engine.prefix import BLOCK_SIZE


@dataclass(eq=False)
class Region:
    """The blocks [start, start + length) of the pool. `keys[i]` is the content address of block i once published."""

    start: int
    length: int
    keys: list[bytes] = field(default_factory=list)

    @property
    def end(self) -> int:
        return self.start + self.length

    @property
    def slot(self) -> int:
        """The pool's row of the first position."""
        return self.start * BLOCK_SIZE

    @property
    def capacity(self) -> int:
        """The number of positions."""
        return self.length * BLOCK_SIZE


@dataclass(frozen=True)
class Copy:
    """A copy of the pool's rows [source, source + length) to `target`. The two may overlap."""

    source: int
    target: int
    length: int


@dataclass(frozen=True)
class Hit:
    """A block found in the prefix index: number `index` of `region`."""

    region: Region
    index: int

    @property
    def block(self) -> int:
        return self.region.start + self.index


def plan_copies(hits: Sequence[Hit], target: Region) -> list[Copy]:
    """Return the copies that bring these blocks to the beginning of `target`, with neighbouring blocks in one copy."""
    copies: list[Copy] = []
    for index, hit in enumerate(hits):
        source = hit.block * BLOCK_SIZE
        if copies and copies[-1].source + copies[-1].length == source:
            copies[-1] = Copy(copies[-1].source, copies[-1].target, copies[-1].length + BLOCK_SIZE)
        else:
            copies.append(Copy(source, target.slot + index * BLOCK_SIZE, BLOCK_SIZE))
    return copies
