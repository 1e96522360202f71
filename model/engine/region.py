"""A sequence's part of the pool, and what brings known content into it. No tensors here."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from model.engine.prefix import GRANULE


@dataclass(eq=False)
class Region:
    """Granules [start, start + length); `keys[i]` is the content of granule i where it is published."""

    start: int
    length: int
    keys: list[bytes] = field(default_factory=list)

    @property
    def end(self) -> int:
        return self.start + self.length

    @property
    def slot(self) -> int:
        """The pool's row of the first position."""
        return self.start * GRANULE

    @property
    def capacity(self) -> int:
        """In positions."""
        return self.length * GRANULE


@dataclass(frozen=True)
class Copy:
    """Rows [source, source + length) of the pool go to `target`; they may overlap."""

    source: int
    target: int
    length: int


@dataclass(frozen=True)
class Hit:
    """Granule `index` of `region` holds what was looked for."""

    region: Region
    index: int

    @property
    def granule(self) -> int:
        return self.region.start + self.index


def copies_of(hits: Sequence[Hit], target: Region) -> list[Copy]:
    """What brings these granules to the beginning of `target`, neighbours in one piece."""
    copies: list[Copy] = []
    for index, hit in enumerate(hits):
        source = hit.granule * GRANULE
        if copies and copies[-1].source + copies[-1].length == source:
            copies[-1] = Copy(copies[-1].source, copies[-1].target, copies[-1].length + GRANULE)
        else:
            copies.append(Copy(source, target.slot + index * GRANULE, GRANULE))
    return copies
