"""Finding the words of the lists in a text.

The automaton sees only the folded letters, without what separates them. Each word that it finds is then checked in its
place: it must not be part of other words, and what separates its letters must be a disguise.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from server.matching.automaton import Automaton
from server.matching.folded import Folded
from server.matching.folding import BREAK, FoldedCharacters, Folding, is_spaced
from server.pipeline.moderation.place import Place
from server.pipeline.moderation.segmentation import Segmenter
from server.pipeline.moderation.word_lists import Category, Word, WordListError


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


@dataclass(frozen=True)
class Search:
    """The hits of a text, and where its undecided part begins, which waits for what follows; else at the text's end."""

    hits: tuple[Hit, ...]
    undecided: int


class Matcher:
    """Finds words in texts. Never changes once it is made."""

    def __init__(self, words: Sequence[Word], segmenter: Segmenter | None = None) -> None:
        """Raise `WordListError` for a word that could never be found, or would be found everywhere."""
        self.folding = Folding()
        self.characters = FoldedCharacters(self.folding)
        self._segmenter = Segmenter.open() if segmenter is None else segmenter
        self._terms: dict[str, list[Term]] = {}
        for word in words:
            term = make_term(word, self.folding)
            self._terms.setdefault(term.letters, []).append(term)
        self.automaton = Automaton(self._terms)

    def find(self, text: str) -> Iterator[Hit]:
        """Yield the hits of a whole text, in the order of their ends."""
        yield from self.search(text).hits

    def search(self, text: str, start: int = 0, is_whole: bool = True) -> Search:
        """Return the hits that begin at character `start` or later, in the order of their ends.

        If the text is not whole, a word at its very end is left out: it may turn out to be part of a longer one.
        """
        folded = Folded(text, self.folding)
        _, found = self.automaton.read(folded.letters, self.automaton.start)
        hits: list[Hit] = []
        undecided = len(text)
        for last, state in found:
            for letters in state.words():
                place = Place(folded, last + 1 - len(letters), last + 1, is_whole)
                if not place.is_alone() or place.start < start:
                    continue
                terms = [term for term in self._terms[letters] if place.is_disguise(term.gaps)]
                if terms and not place.is_decided():
                    undecided = min(undecided, place.start)
                elif terms and place.is_own_word(self._segmenter):
                    hits += (Hit(term.word.text, term.word.category, *place.span, term.word.place) for term in terms)
        return Search(tuple(hits), undecided)


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
