"""A fact before its passage is read."""

from dataclasses import dataclass


@dataclass(frozen=True)
class SaidFact:
    """A sentence, the passage that it comes from, what it is about, and how far from what was named that is."""

    text: str
    passage_id: int
    topic: str
    steps: int = 1
    is_named_fault: bool = False
