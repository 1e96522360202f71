"""A batch: what one step of the engine computes, and of which sequences. No tensors here."""

import time
from dataclasses import dataclass, field

from model.engine.region import Copy
from model.engine.sequence import Group, Sequence


@dataclass(frozen=True)
class Row:
    """The positions [start, start + length) of a sequence, computed in one step."""

    group: Group
    sequence: Sequence
    start: int
    length: int

    @property
    def end(self) -> int:
        return self.start + self.length

    @property
    def is_sampled(self) -> bool:
        """Whether the next token comes from this row: the last chunk of a prompt, or a decode row."""
        return self.end == len(self.sequence.token_ids)


@dataclass
class Batch:
    """The work of one step, in this order: copies inside the pool, views to encode, rows with decode rows first."""

    rows: list[Row] = field(default_factory=list)
    copies: list[Copy] = field(default_factory=list)
    view_keys: list[bytes] = field(default_factory=list)
    view_groups: list[Group] = field(default_factory=list)
    """The groups that the views are encoded for."""
    started_s: float = field(default_factory=time.monotonic)

    @property
    def num_tokens(self) -> int:
        return sum(row.length for row in self.rows)

    @property
    def groups(self) -> list[Group]:
        """All groups that the step computes something for, each once."""
        return list(dict.fromkeys((*(row.group for row in self.rows), *self.view_groups)))
