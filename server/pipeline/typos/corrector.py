"""Both spellings, the operator's dictionary, and what none of them may touch, in one `correct()`."""

import re

from server.pipeline.typos.change import Change, Correction
from server.pipeline.typos.chinese import ChineseSpelling
from server.pipeline.typos.dictionary import Dictionary
from server.pipeline.typos.english import EnglishSpelling
from server.pipeline.typos.protected import hide, protected_spans

MAX_LENGTH = 2_000
"""Characters of a text; a longer one is no question but a document, and is left alone."""

LETTER = "[A-Za-z0-9_]"


class Corrector:
    """Never changed once made, so any number of threads may use it."""

    def __init__(self, chinese: ChineseSpelling, english: EnglishSpelling, dictionary: Dictionary) -> None:
        self._shipped = (chinese, english)
        self._chinese = chinese.extended(word for word in dictionary.words if re.fullmatch(r"[\u4e00-\u9fff]+", word))
        self._english = english.extended(word for word in dictionary.words if re.fullmatch(r"[a-z]+", word))
        self._pairs = dictionary.pairs
        self._wrong = _either(dictionary.pairs)
        self._right = _either(dictionary.words)

    @classmethod
    def open(cls, dictionary: Dictionary | None = None) -> "Corrector":
        """With the operator's dictionary, if there is one. Takes about a second."""
        return cls(ChineseSpelling.open(), EnglishSpelling.open(), dictionary or Dictionary())

    def with_dictionary(self, dictionary: Dictionary) -> "Corrector":
        """Another one over the same shipped lists."""
        return Corrector(*self._shipped, dictionary)

    def correct(self, text: str) -> Correction:
        """Of each misspelt word the correction; the same text where there is none, or where it is too long."""
        if len(text) > MAX_LENGTH:
            return Correction(text)
        visible = hide(text, protected_spans(text))
        changes: list[Change] = []
        if self._wrong:
            changes = [Change(m.start(), m[0], self._pairs[m[0]]) for m in self._wrong.finditer(visible)]
            visible = hide(visible, [(change.start, change.end) for change in changes])
        if self._right:
            visible = hide(visible, [match.span() for match in self._right.finditer(visible)])
        changes += self._chinese.changes(visible)
        changes += self._english.changes(visible)
        return Correction.of(text, changes)


def _either(words: frozenset[str] | dict[str, str]) -> re.Pattern[str] | None:
    """Any of the words, the longest first; Latin ones only as whole words. None where there are none."""
    bounded = (
        (rf"(?<!{LETTER})" if re.match(LETTER, word) else "")
        + re.escape(word)
        + (rf"(?!{LETTER})" if re.match(LETTER, word[-1]) else "")
        for word in sorted(words, key=len, reverse=True)
    )
    return re.compile("|".join(bounded)) if words else None
