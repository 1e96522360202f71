"""The text of an answer with marks such as `[1]` at the ends of its sentences, which point to citations."""

import json
from collections.abc import Iterator
from typing import Any

from server.library.asking.citations import Citer
from server.library.asking.marks import FENCE, MarkRemover
from server.library.asking.sentences import CLOSERS, ENDS

MAX_SENTENCE = 4000
"""Longer sentences are not looked at."""


class MarkWriter:
    """Takes the model's own marks out of an answer that comes in pieces, and puts those of citations in.

    A mark comes after what ends its sentence, in a row of a table before the last bar. There is none in code.
    """

    def __init__(self, citer: Citer) -> None:
        self._citer = citer
        self._remover = MarkRemover()
        self._sentence = ""
        self._line = ""
        self._bar = ""
        self._end = ""
        self._is_fenced = False

    def feed(self, text: str) -> str:
        """Return what can be shown after this piece."""
        return "".join(map(self._add, self._remover.feed(text)))

    def finish(self) -> str:
        """Return the rest, at the end of the answer."""
        rest = "".join(map(self._add, self._remover.finish()))
        return rest + self._mark() + self._release_bar()

    def _add(self, character: str) -> str:
        if character == "\n":
            shown = self._mark() + self._release_bar() + character
            self._is_fenced ^= self._line.lstrip().startswith(FENCE)
            self._line = ""
            return shown
        before = ""
        if self._end and character not in CLOSERS and character not in ENDS:
            if self._end != "." or character.isspace():
                before = self._mark()
            self._end = ""
        self._line += character if len(self._line) < MAX_SENTENCE else ""
        self._sentence += character if len(self._sentence) < MAX_SENTENCE else ""
        if self._line.lstrip().startswith("|"):
            return self._add_to_row(character)
        if character in ENDS or (character == "." and not self._end):
            self._end = character
        return before + character

    def _add_to_row(self, character: str) -> str:
        """Hold the last bar of a row back until more of the row comes."""
        self._end = ""
        if character == "|":
            shown, self._bar = self._bar, character
            return shown
        if self._bar and character.isspace():
            self._bar += character
            return ""
        return self._release_bar() + character

    def _release_bar(self) -> str:
        bar, self._bar = self._bar, ""
        return bar

    def _mark(self) -> str:
        """Return the marks of the sentence that ends here."""
        sentence, self._sentence, self._end = self._sentence, "", ""
        if self._is_fenced or not sentence.strip() or self._line.lstrip().startswith(FENCE):
            return ""
        return "".join(f"[{citation.number}]" for citation in self._citer.cite(sentence))


class JSONCiter:
    """Finds what supports the values of an answer in JSON, whose text stays as it is."""

    def __init__(self, citer: Citer) -> None:
        self._citer = citer
        self._text = ""

    def feed(self, text: str) -> str:
        self._text += text
        return text

    def finish(self) -> str:
        try:
            value = json.loads(self._text)
        except ValueError:  # it was cut off
            return ""
        for said in _list_values(value):
            self._citer.cite(said)
        return ""


def _list_values(value: Any, name: str = "") -> Iterator[str]:
    """Yield each value with the name of its field, as a sentence."""
    match value:
        case dict():
            for key, item in value.items():
                yield from _list_values(item, key)
        case list():
            for item in value:
                yield from _list_values(item, name)
        case str() | int() | float() if not isinstance(value, bool):
            yield f"{name} {value}"
