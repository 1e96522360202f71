"""A folded text that knows where each of its letters is in the original."""

from functools import cached_property

from server.matching.folding import INVISIBLE, Folding, is_joined, is_spaced, join_letters


class Folded:
    """A text after folding. `letters` has only its letters, without what separates them; a break counts as a letter.

    The places of the letters are computed when they are first needed, because for most texts they never are.
    """

    def __init__(self, text: str, folding: Folding) -> None:
        self._text = text
        self._folding = folding
        self._folded = text.translate(folding)
        self.letters = join_letters(self._folded)

    @cached_property
    def _places(self) -> list[int]:
        """The index of each letter in the folded text."""
        return [place for place, character in enumerate(self._folded) if not character.isspace()]

    @cached_property
    def _owners(self) -> list[int] | range:
        """The index of the original character that each character of the folded text comes from."""
        if len(self._folded) == len(self._text):
            return range(len(self._text))
        return [i for i, character in enumerate(self._text) for _ in self._folding[ord(character)]]

    def find_position(self, i: int) -> int:
        """Return the index of letter `i` in the original."""
        return self._owners[self._places[i]]

    def find_gap(self, i: int) -> str:
        """Return what separates letter `i` from the one before it, made of `SPACE` and `SEPARATOR`.

        If `i` is the number of letters, that is what follows the last one.
        """
        places = self._places
        start = places[i - 1] + 1 if i else 0
        end = places[i] if i < len(places) else len(self._folded)
        return self._folded[start:end].replace(INVISIBLE, "") if start < end else ""

    def read_gap(self, i: int) -> str:
        """Return the original characters between letter `i` and the one before it."""
        return self._text[self.find_position(i - 1) + 1 : self.find_position(i)]

    def is_inside(self, i: int) -> bool:
        """Whether letter `i` belongs to the same word as the letter before it."""
        letters = self.letters
        return 0 < i < len(letters) and is_joined(letters[i - 1], letters[i]) and not self.find_gap(i)

    def is_single(self, i: int) -> bool:
        """Whether letter `i` is of a script with spaces and stands alone."""
        return is_spaced(self.letters[i]) and not self.is_inside(i) and not self.is_inside(i + 1)
