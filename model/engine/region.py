"""A sequence's part of the pool, and what brings known content into it. No tensors here."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from model.engine.prefix import BLOCK_SIZE


@dataclass(eq=False)
class Region:
    """Blocks [start, start + length); `keys[i]` is the content of block i where it is published."""

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
        """In positions."""
        return self.length * BLOCK_SIZE


@dataclass(frozen=True)
class Copy:
    """Rows [source, source + length) of the pool go to `target`; they may overlap."""

    source: int
    target: int
    length: int


@dataclass(frozen=True)
class Hit:
    """Block `index` of `region` holds what was looked for."""

    region: Region
    index: int

    @property
    def block(self) -> int:
        return self.region.start + self.index


def copies_of(hits: Sequence[Hit], target: Region) -> list[Copy]:
    """What brings these blocks to the beginning of `target`, neighbours in one piece."""
    copies: list[Copy] = []
    for index, hit in enumerate(hits):
        source = hit.block * BLOCK_SIZE
        if copies and copies[-1].source + copies[-1].length == source:
            copies[-1] = Copy(copies[-1].source, copies[-1].target, copies[-1].length + BLOCK_SIZE)
        else:
            copies.append(Copy(source, target.slot + index * BLOCK_SIZE, BLOCK_SIZE))
    return copies
