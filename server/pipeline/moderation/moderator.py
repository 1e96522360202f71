"""The moderator: finds listed words in a text, and hides those that must not be shown."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from server.pipeline.moderation.matching import Hit, Matcher
from server.pipeline.moderation.word_lists import Action, WordLists

MASK = "*"


@dataclass(frozen=True)
class Verdict:
    """The result of a check. `text` is as long as the original, with the words to mask or to block as `*`."""

    hits: tuple[Hit, ...]
    text: str

    @property
    def is_blocked(self) -> bool:
        return any(hit.category.action is Action.BLOCK for hit in self.hits)


class Moderator:
    """Checks texts against word lists. It never changes, so a turn that holds one keeps its lists to the end."""

    def __init__(self, lists: WordLists) -> None:
        """Raise `WordListError` for a word that cannot be looked for."""
        self.lists = lists
        self.matcher = Matcher(lists.words)

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read the lists in a folder. Raises `WordListError`, and `OSError` if a file cannot be read."""
        return cls(WordLists.load(folder))

    def check(self, text: str) -> Verdict:
        """Find all hits in a text, in its order, and hide what must not be shown."""
        hits = tuple(sorted(self.matcher.find(text), key=get_place))
        return Verdict(hits, hide(text, hits) if hits else text)


def get_place(hit: Hit) -> tuple[int, int, str, str]:
    """Return the key by which hits are sorted: their places, and their names for those at the same place."""
    return hit.start, hit.end, hit.category.name, hit.word


def hide(text: str, hits: Iterable[Hit], offset: int = 0) -> str:
    """Replace each character of the hits by `*`, except of those that are only flagged.

    `offset` is where the text begins in the text of the hits.
    """
    characters = list(text)
    for hit in hits:
        start, end = max(hit.start - offset, 0), min(hit.end - offset, len(text))
        if start < end and hit.category.action is not Action.FLAG:
            characters[start:end] = MASK * (end - start)
    return "".join(characters)
