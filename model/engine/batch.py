"""One step of the engine: which positions it computes, of which sequences, and what is done before. No tensors here."""

from dataclasses import dataclass, field

from model.engine.region import Copy
from model.engine.sequence import Group, Sequence


@dataclass(frozen=True)
class Row:
    """Positions [start, start + length) of a sequence; the last row of a prompt, and a decode row, give a token."""

    group: Group
    sequence: Sequence
    start: int
    length: int

    @property
    def end(self) -> int:
        return self.start + self.length

    @property
    def gives_token(self) -> bool:
        return self.end == len(self.sequence.token_ids)


@dataclass
class Batch:
    """One step: copies in order, then the views to encode, of `view_groups`, then the rows, decode rows first."""

    rows: list[Row] = field(default_factory=list)
    copies: list[Copy] = field(default_factory=list)
    views: list[bytes] = field(default_factory=list)
    view_groups: list[Group] = field(default_factory=list)

    @property
    def num_tokens(self) -> int:
        return sum(row.length for row in self.rows)

    @property
    def groups(self) -> list[Group]:
        """All that the step is for: what fails in it is theirs."""
        return list(dict.fromkeys((*(row.group for row in self.rows), *self.view_groups)))

    def replace(self, other: "Batch") -> None:
        """Its own copies that are not done yet still go first."""
        self.copies += other.copies
        self.rows, self.views, self.view_groups = other.rows, other.views, other.view_groups
