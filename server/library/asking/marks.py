"""Marks such as `[1]` that a model writes by itself: they are taken out, also where they come in pieces."""

import re

_NUMBERS = r"\s{0,2}\^?\d{1,3}(?:\s{0,2}[,，、;；-]\s{0,2}\d{1,3}){0,20}\s{0,2}"
MARK = re.compile(rf" ?(?:\[{_NUMBERS}\]|【{_NUMBERS}(?:[†‡][^】\n]{{0,60}})?】)")
"""A mark with the space before it."""

MAX_MARK = 200
"""Nothing longer becomes a mark."""

PARTIAL = re.compile(r" ?(?:\[[\s^\d,，、;；-]*|【[\s^\d,，、;；-]*(?:[†‡][^】\n]*)?)?\Z")
"""What may still become a mark, at the end of a text."""

FENCE = "```"


class MarkRemover:
    """Takes marks out of a text that comes in pieces, and holds back only what may be the beginning of one.

    What stands between fences, or between single backticks of one line, is code, in which `[1]` is no mark.
    """

    def __init__(self) -> None:
        self._held = ""
        self._is_fenced = False
        self._is_code = False

    def feed(self, text: str) -> str:
        """Return what can be shown after this piece."""
        text = self._held + text
        self._held = ""
        return "".join(self._split(text, is_last=False))

    def finish(self) -> str:
        """Return what was held back, at the end of the text."""
        text, self._held = self._held, ""
        return "".join(self._split(text, is_last=True))

    def _split(self, text: str, is_last: bool) -> list[str]:
        shown: list[str] = []
        position = 0
        while position < len(text):
            character = text[position]
            if character == "`":
                rest = text[position:]
                if not is_last and len(rest) < len(FENCE) and set(rest) == {"`"}:
                    break  # it may become a fence
                position += self._toggle(rest)
                shown.append(rest[: position - (len(text) - len(rest))])
                continue
            if character == "\n":
                self._is_code = False
            if character in " [【" and not (self._is_fenced or self._is_code):
                if found := MARK.match(text, position):
                    position = found.end()
                    continue
                if not is_last and len(text) - position < MAX_MARK and PARTIAL.match(text, position):
                    break
            shown.append(character)
            position += 1
        self._held = text[position:]
        return shown

    def _toggle(self, rest: str) -> int:
        """Note that code begins or ends here, and return how many characters say so."""
        if rest.startswith(FENCE) and not self._is_code:
            self._is_fenced = not self._is_fenced
            return len(FENCE)
        if not self._is_fenced:
            self._is_code = not self._is_code
        return 1
