"""The result of a correction: the new text, and the changes that were made."""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, order=True)
class Change:
    """A word `old` that was replaced by `new`. `start` is its place in the typed text, in characters."""

    start: int
    old: str
    new: str

    @property
    def end(self) -> int:
        return self.start + len(self.old)


@dataclass(frozen=True)
class Correction:
    """A text after its correction. `changes` are in the order of the text and do not overlap."""

    text: str
    changes: tuple[Change, ...] = ()

    @classmethod
    def apply(cls, typed: str, changes: Iterable[Change]) -> "Correction":
        """Make the changes in a typed text. Raises `ValueError` if two overlap, or one does not fit the text."""
        ordered = tuple(sorted(changes))
        parts: list[str] = []
        position = 0
        for change in ordered:
            if change.start < position or typed[change.start : change.end] != change.old:
                raise ValueError(f"{change} does not fit the text")
            parts += typed[position : change.start], change.new
            position = change.end
        return cls("".join((*parts, typed[position:])), ordered)
