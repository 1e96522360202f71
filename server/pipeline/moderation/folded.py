"""A folded text, and where each of its letters is in the original."""

from functools import cached_property

from server.pipeline.moderation.folding import INVISIBLE, Folding, is_joined, letters_of


class Folded:
    """`letters` are those of the text alone, in their order; a break counts as one.

    What needs their places is worked out when it is first asked for: for most texts it never is.
    """

    def __init__(self, text: str, folding: Folding) -> None:
        self._text = text
        self._folding = folding
        self._folded = text.translate(folding)
        self.letters = letters_of(self._folded)

    @cached_property
    def _places(self) -> list[int]:
        """Of each letter in the folded text."""
        return [place for place, character in enumerate(self._folded) if not character.isspace()]

    @cached_property
    def _owners(self) -> list[int] | range:
        """Of each character of the folded text, the one in the original that it comes from."""
        if len(self._folded) == len(self._text):
            return range(len(self._text))
        return [i for i, character in enumerate(self._text) for _ in self._folding[ord(character)]]

    def position(self, i: int) -> int:
        """Of the letter `i` in the original."""
        return self._owners[self._places[i]]

    def gap(self, i: int) -> str:
        """What separates letter `i` from the one before it, of `SPACE` and `SEPARATOR`.

        At the number of letters it is what comes after the last one.
        """
        places = self._places
        start = places[i - 1] + 1 if i else 0
        end = places[i] if i < len(places) else len(self._folded)
        return self._folded[start:end].replace(INVISIBLE, "")

    def is_inside(self, i: int) -> bool:
        """Whether the letter `i` goes on with the word of the letter before it."""
        letters = self.letters
        return 0 < i < len(letters) and is_joined(letters[i - 1], letters[i]) and not self.gap(i)
