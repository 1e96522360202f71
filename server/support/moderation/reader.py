"""A text that comes in pieces, read once: how much of its end could be the beginning of a word."""

import re

from server.support.moderation.folding import BREAK, INVISIBLE, SEPARATOR, SPACE, letters_of
from server.support.moderation.matching import MAX_GAP, Matcher

TOO_WIDE = re.compile(f"[{SPACE}{SEPARATOR}]{{{MAX_GAP + 1},}}")


class Reader:
    """`is_at_word` is whether a word ends with what was read, be it a hit or not."""

    def __init__(self, matcher: Matcher) -> None:
        self._automaton = matcher.automaton
        self._folding = matcher.folding
        self._state = self._automaton.start
        self._gap = ""  # since the last letter

    @property
    def is_at_word(self) -> bool:
        return self._state.has_words

    def read(self, text: str) -> bool:
        """Whether words end in this piece; `Matcher.find` says which of them are hits."""
        folded = self._gap + text.translate(self._folding)
        if folded.isalnum():
            self._gap, letters = "", folded
        else:
            self._gap, letters = _split_gap(folded)
        self._state, found = self._automaton.read(letters, self._state)
        if self._gap.strip(INVISIBLE):  # what ended here is known to have ended
            self._state = self._state.unfinished()
        return bool(found)

    def num_open(self, text: str) -> int:
        """How many characters at the end of `text` could begin a word; `text` ends with what was read last."""
        num_letters, start = self._state.depth, len(text)
        while num_letters > 0:
            start -= 1
            folded = self._folding[ord(text[start])]
            num_letters -= 0 if folded.isspace() else len(folded)
        return len(text) - start

    def last_visible(self, text: str) -> str:
        """The last character that is not invisible; empty where there is none."""
        for character in reversed(text):
            if self._folding[ord(character)] != INVISIBLE:
                return character
        return ""


def _split_gap(folded: str) -> tuple[str, str]:
    """What follows the last letter, and the letters, with a break where there is too much between two of them."""
    if len(folded) > MAX_GAP:
        folded = TOO_WIDE.sub(BREAK, folded.replace(INVISIBLE, ""))
    return folded[len(folded.rstrip()) :], letters_of(folded)
