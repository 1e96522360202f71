"""The corrector: Chinese and English spelling and the operator's dictionary, but for what must never be touched."""

import re

from server.pipeline.typos.change import Change, Correction
from server.pipeline.typos.chinese import ChineseSpelling
from server.pipeline.typos.dictionary import Dictionary
from server.pipeline.typos.english import EnglishSpelling
from server.pipeline.typos.protected import find_protected_spans, hide

MAX_LENGTH = 2_000
"""In characters: a longer text is a document, not a question, and is left alone."""

LETTER = "[A-Za-z0-9_]"


class Corrector:
    """Corrects texts. It never changes once it is made, so any number of threads may use it."""

    def __init__(self, chinese: ChineseSpelling, english: EnglishSpelling, dictionary: Dictionary) -> None:
        self._shipped = (chinese, english)
        self._chinese = chinese.with_words(word for word in dictionary.words if re.fullmatch(r"[\u4e00-\u9fff]+", word))
        self._english = english.with_words(word for word in dictionary.words if re.fullmatch(r"[a-z]+", word))
        self._pairs = dictionary.pairs
        self._wrong = _compile_words(dictionary.pairs)
        self._right = _compile_words(dictionary.words)

    @classmethod
    def open(cls, dictionary: Dictionary | None = None) -> "Corrector":
        """Read the shipped words, which takes about a second, and add the operator's dictionary if there is one."""
        return cls(ChineseSpelling.open(), EnglishSpelling.open(), dictionary or Dictionary())

    def with_dictionary(self, dictionary: Dictionary) -> "Corrector":
        """Return another corrector with the same shipped words and this dictionary."""
        return Corrector(*self._shipped, dictionary)

    def correct(self, text: str) -> Correction:
        """Correct each misspelt word. A text without any, or one that is too long, stays as it is."""
        if len(text) > MAX_LENGTH:
            return Correction(text)
        visible = hide(text, find_protected_spans(text))
        changes: list[Change] = []
        if self._wrong:
            changes = [Change(m.start(), m[0], self._pairs[m[0]]) for m in self._wrong.finditer(visible)]
            visible = hide(visible, [(change.start, change.end) for change in changes])
        if self._right:
            visible = hide(visible, [match.span() for match in self._right.finditer(visible)])
        changes += self._chinese.find_changes(visible)
        changes += self._english.find_changes(visible)
        return Correction.apply(text, changes)


def _compile_words(words: frozenset[str] | dict[str, str]) -> re.Pattern[str] | None:
    """Return a pattern for any of the words, the longest first, Latin ones only as whole words. None without words."""
    bounded = (
        (rf"(?<!{LETTER})" if re.match(LETTER, word) else "")
        + re.escape(word)
        + (rf"(?!{LETTER})" if re.match(LETTER, word[-1]) else "")
        for word in sorted(words, key=len, reverse=True)
    )
    return re.compile("|".join(bounded)) if words else None
