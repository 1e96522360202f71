"""What a correction says: the text, and what was changed in it where."""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, order=True)
class Change:
    """`old` stands at `start` in the text as it was typed, counted in characters; `new` was put in its place."""

    start: int
    old: str
    new: str

    @property
    def end(self) -> int:
        return self.start + len(self.old)


@dataclass(frozen=True)
class Correction:
    """`changes` are in the order of the text and do not overlap."""

    text: str
    changes: tuple[Change, ...] = ()

    @classmethod
    def of(cls, typed: str, changes: Iterable[Change]) -> "Correction":
        """Raises `ValueError` where two changes overlap, or one does not fit the text."""
        ordered = tuple(sorted(changes))
        parts: list[str] = []
        position = 0
        for change in ordered:
            if change.start < position or typed[change.start : change.end] != change.old:
                raise ValueError(f"{change} does not fit the text")
            parts += typed[position : change.start], change.new
            position = change.end
        return cls("".join((*parts, typed[position:])), ordered)
