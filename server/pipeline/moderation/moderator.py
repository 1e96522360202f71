"""What is found in a text, and what may be shown of it."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from server.pipeline.moderation.matching import Hit, Matcher
from server.pipeline.moderation.word_lists import Action, WordLists

MASK = "*"


@dataclass(frozen=True)
class Verdict:
    """`text` has as many characters as the original; those of words to mask or to block are hidden."""

    hits: tuple[Hit, ...]
    text: str

    @property
    def is_blocked(self) -> bool:
        return any(hit.category.action is Action.BLOCK for hit in self.hits)


class Moderator:
    """Never changes: whoever holds one has the same lists to the end of a turn."""

    def __init__(self, lists: WordLists) -> None:
        """Raises `WordListError` for a word that cannot be looked for."""
        self.lists = lists
        self.matcher = Matcher(lists.words)

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Raises `WordListError`, and `OSError` where a file cannot be read."""
        return cls(WordLists.load(folder))

    def check(self, text: str) -> Verdict:
        hits = tuple(sorted(self.matcher.find(text), key=by_place))
        return Verdict(hits, hide(text, hits) if hits else text)


def by_place(hit: Hit) -> tuple[int, int, str, str]:
    return hit.start, hit.end, hit.category.name, hit.word


def hide(text: str, hits: Iterable[Hit], offset: int = 0) -> str:
    """The text, which begins at `offset` of that of the hits, with those that are not only flagged as `*`."""
    characters = list(text)
    for hit in hits:
        start, end = max(hit.start - offset, 0), min(hit.end - offset, len(text))
        if start < end and hit.category.action is not Action.FLAG:
            characters[start:end] = MASK * (end - start)
    return "".join(characters)
