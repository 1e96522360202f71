"""Finding the words of the lists in a text.

The automaton sees only the folded letters, without what separates them. Each word that it finds is then checked in the
original: it must not be part of a longer word, and what separates its letters must be a disguise.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from server.pipeline.moderation.automaton import Automaton
from server.pipeline.moderation.folded import Folded
from server.pipeline.moderation.folding import BREAK, SPACE, FoldedCharacters, Folding, is_spaced
from server.pipeline.moderation.word_lists import Category, Word, WordListError

MAX_GAP = 8
"""How many separators may be between two letters of a word. Without a limit a stream could be held back forever."""


@dataclass(frozen=True)
class Hit:
    """A listed word that was found from character `start` up to `end`, with what separates its letters.

    `word` is spelt as in the list; `rule` is the file and line of the list.
    """

    word: str
    category: Category
    start: int
    end: int
    rule: str = field(default="", compare=False)


@dataclass(frozen=True)
class Term:
    """A word in the form that is looked for: its folded letters, and the indexes of those after a gap in the list."""

    word: Word
    letters: str
    gaps: frozenset[int]


class Matcher:
    """Finds words in texts. Never changes once it is made."""

    def __init__(self, words: Sequence[Word]) -> None:
        """Raise `WordListError` for a word that could never be found, or would be found everywhere."""
        self.folding = Folding()
        self.characters = FoldedCharacters(self.folding)
        self._terms: dict[str, list[Term]] = {}
        for word in words:
            term = make_term(word, self.folding)
            self._terms.setdefault(term.letters, []).append(term)
        self.automaton = Automaton(self._terms)

    def find(self, text: str, start: int = 0, is_whole: bool = True) -> Iterator[Hit]:
        """Yield the hits that begin at character `start` or later, in the order of their ends.

        If the text is not whole, a word at its very end is left out: it may turn out to be part of a longer one.
        """
        folded = Folded(text, self.folding)
        _, found = self.automaton.read(folded.letters, self.automaton.start)
        for last, state in found:
            for letters in state.words():
                first = last + 1 - len(letters)
                if _is_alone(folded, first, last + 1, is_whole) and folded.find_position(first) >= start:
                    yield from self._check_terms(folded, first, letters)

    def _check_terms(self, folded: Folded, first: int, letters: str) -> Iterator[Hit]:
        """Yield a hit for each listed word with these letters whose gaps are a disguise."""
        start, end = folded.find_position(first), folded.find_position(first + len(letters) - 1) + 1
        for term in self._terms[letters]:
            if _is_disguise(folded, first, term):
                yield Hit(term.word.text, term.word.category, start, end, term.word.place)


def make_term(word: Word, folding: Folding) -> Term:
    """Fold a listed word. Raises `WordListError` if it cannot be looked for."""
    folded = Folded(word.text, folding)
    letters = folded.letters.strip(BREAK)
    if BREAK in letters:
        raise WordListError(f"{word.place}: {word.text!r} is more than one sentence; a word must be within one")
    if not letters or (len(letters) == 1 and is_spaced(letters)):
        raise WordListError(f"{word.place}: {word.text!r} has fewer than two letters")
    first = folded.letters.index(letters)
    gaps = (i for i in range(1, len(letters)) if folded.find_gap(first + i))
    return Term(word, letters, frozenset(gaps))


def _is_alone(folded: Folded, first: int, end: int, is_whole: bool) -> bool:
    """Whether the letters from `first` up to `end` are a word of their own, as far as the text is known."""
    if folded.is_inside(first) or folded.is_inside(end):
        return False
    return is_whole or end < len(folded.letters) or bool(folded.find_gap(end))


def _is_disguise(folded: Folded, first: int, term: Term) -> bool:
    """Whether the gaps between the letters are what people write within one word to disguise it.

    In scripts without spaces any gap is a disguise. In the others white space separates words, unless the listed word
    has a gap there too, or every letter stands alone.
    """
    gaps = {i: folded.find_gap(first + i) for i in range(1, len(term.letters))}
    if any(len(gap) > MAX_GAP for gap in gaps.values()):
        return False
    inner = [gap for i, gap in gaps.items() if i not in term.gaps and _is_spaced_pair(term.letters, i)]
    return all(inner) or not any(SPACE in gap for gap in inner)


def _is_spaced_pair(letters: str, i: int) -> bool:
    return is_spaced(letters[i - 1]) and is_spaced(letters[i])
