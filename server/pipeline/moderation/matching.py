"""Where the words of the lists are in a text.

The automaton sees folded letters alone, without what is between them. Each word that it finds is then held against the
original: it must not be a part of a longer word, and what separates its letters must be a disguise.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from server.pipeline.moderation.automaton import Automaton
from server.pipeline.moderation.folded import Folded
from server.pipeline.moderation.folding import BREAK, SPACE, FoldedCharacters, Folding, is_spaced
from server.pipeline.moderation.word_lists import Category, Word, WordListError

MAX_GAP = 8
"""Separators between two letters of a word. Without a limit a stream could be held back without end."""


@dataclass(frozen=True)
class Hit:
    """`word` as the list has it; the text has it from character `start` up to `end`, what separates it included.

    `rule` is where the list has it, its file and line.
    """

    word: str
    category: Category
    start: int
    end: int
    rule: str = field(default="", compare=False)


@dataclass(frozen=True)
class Term:
    """A word as it is looked for: its folded letters, and the numbers of those that the list has a gap before."""

    word: Word
    letters: str
    gaps: frozenset[int]


class Matcher:
    def __init__(self, words: Sequence[Word]) -> None:
        """Raises `WordListError` for a word that could never be found, or would be found everywhere."""
        self.folding = Folding()
        self.characters = FoldedCharacters(self.folding)
        self._terms: dict[str, list[Term]] = {}
        for word in words:
            term = make_term(word, self.folding)
            self._terms.setdefault(term.letters, []).append(term)
        self.automaton = Automaton(self._terms)

    def find(self, text: str, start: int = 0, is_whole: bool = True) -> Iterator[Hit]:
        """By their ends, those that begin at character `start` or later.

        A word at the very end is left out where the text is not whole: it may yet be part of a longer one.
        """
        folded = Folded(text, self.folding)
        _, found = self.automaton.read(folded.letters, self.automaton.start)
        for last, state in found:
            for letters in state.words():
                first = last + 1 - len(letters)
                if _is_alone(folded, first, last + 1, is_whole) and folded.position(first) >= start:
                    yield from self._hits(folded, first, letters)

    def _hits(self, folded: Folded, first: int, letters: str) -> Iterator[Hit]:
        start, end = folded.position(first), folded.position(first + len(letters) - 1) + 1
        for term in self._terms[letters]:
            if _is_disguise(folded, first, term):
                yield Hit(term.word.text, term.word.category, start, end, term.word.place)


def make_term(word: Word, folding: Folding) -> Term:
    folded = Folded(word.text, folding)
    letters = folded.letters.strip(BREAK)
    if BREAK in letters:
        raise WordListError(f"{word.place}: {word.text!r} is more than one sentence; words are looked for within one")
    if not letters or (len(letters) == 1 and is_spaced(letters)):
        raise WordListError(f"{word.place}: {word.text!r} has fewer than two letters")
    first = folded.letters.index(letters)
    gaps = (i for i in range(1, len(letters)) if folded.gap(first + i))
    return Term(word, letters, frozenset(gaps))


def _is_alone(folded: Folded, first: int, end: int, is_whole: bool) -> bool:
    """Whether the letters from `first` up to `end` are no part of a longer word, as far as that is known."""
    if folded.is_inside(first) or folded.is_inside(end):
        return False
    return is_whole or end < len(folded.letters) or bool(folded.gap(end))


def _is_disguise(folded: Folded, first: int, term: Term) -> bool:
    """Whether what separates the letters found is what someone writes between the letters of one word.

    Scripts without spaces may have any gap. Between letters of the others white space separates words, unless it is in
    the list's word too, or every letter stands alone.
    """
    gaps = {i: folded.gap(first + i) for i in range(1, len(term.letters))}
    if any(len(gap) > MAX_GAP for gap in gaps.values()):
        return False
    inner = [gap for i, gap in gaps.items() if i not in term.gaps and _is_spaced_pair(term.letters, i)]
    return all(inner) or not any(SPACE in gap for gap in inner)


def _is_spaced_pair(letters: str, i: int) -> bool:
    return is_spaced(letters[i - 1]) and is_spaced(letters[i])
