"""Moderation of JSON while it streams, as its reader sees it: with the escapes in its strings decoded.

The escapes: https://www.rfc-editor.org/rfc/rfc8259#section-7
"""

import re
from typing import NamedTuple

from server.pipeline.moderation.moderator import Moderator, Verdict
from server.pipeline.moderation.stream import StreamFilter

TOKEN = re.compile(
    r"""(?P<plain>[^\\]+)
      | \\u(?P<high>[dD][89abAB][0-9a-fA-F]{2})\\u(?P<low>[dD][c-fC-F][0-9a-fA-F]{2})  # two for one character
      | (?P<unfinished>\\(?:u(?:[0-9a-fA-F]{0,3}|[dD][89abAB][0-9a-fA-F]{2}(?:\\(?:u[0-9a-fA-F]{0,3})?)?))?)\Z
      | \\u(?P<code>[0-9a-fA-F]{4})
      | \\(?P<letter>.)""",
    re.VERBOSE | re.DOTALL,
)
LETTERS = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}
"""What letters stand for after a backslash; all other characters stand for themselves."""


class Escape(NamedTuple):
    """A character, and how it is written."""

    character: str
    written: str


class JSONStreamFilter:
    """Does as `StreamFilter` does, but looks for words in what the text means, and shows it as it is written.

    A character that is masked loses its escape.
    """

    def __init__(self, moderator: Moderator) -> None:
        self._filter = StreamFilter(moderator)
        self._unfinished = ""  # the beginning of an escape at the end of the text
        self._escapes: dict[int, Escape] = {}  # those not shown yet, by their places in the decoded text
        self._num_decoded = 0
        self._num_shown = 0  # in decoded characters

    @property
    def is_blocked(self) -> bool:
        return self._filter.is_blocked

    @property
    def verdict(self) -> Verdict:
        """The hits so far and the text that was shown, both by places in the decoded text."""
        return self._filter.verdict

    def feed(self, text: str) -> str:
        """Take the next text, and return what may be shown now. After a word to block nothing is: see `is_blocked`."""
        return self._write(self._filter.feed(self._decode(self._unfinished + text)))

    def finish(self) -> str:
        """Return the rest, now that nothing follows."""
        rest = self._filter.feed(self._unfinished)
        return self._write(rest + self._filter.finish())

    def _decode(self, text: str) -> str:
        decoded = []
        self._unfinished = ""
        for token in TOKEN.finditer(text):
            if token.lastgroup == "unfinished":
                self._unfinished = token[0]
                continue
            meaning = _read_token(token)
            if meaning != token[0]:
                self._escapes[self._num_decoded] = Escape(meaning, token[0])
            self._num_decoded += len(meaning)
            decoded.append(meaning)
        return "".join(decoded)

    def _write(self, shown: str) -> str:
        """Return decoded text as it was written."""
        start = self._num_shown
        self._num_shown += len(shown)
        if not self._escapes:
            return shown
        return "".join(self._restore(place, character) for place, character in enumerate(shown, start))

    def _restore(self, place: int, character: str) -> str:
        escape = self._escapes.pop(place, None)
        return character if escape is None or escape.character != character else escape.written


def _read_token(token: re.Match[str]) -> str:
    """Return what plain text, or an escape, stands for."""
    if token["high"]:
        high, low = int(token["high"], 16), int(token["low"], 16)
        return chr(0x10000 + ((high & 0x3FF) << 10 | low & 0x3FF))
    if token["code"]:
        return chr(int(token["code"], 16))
    return token["plain"] or LETTERS.get(token["letter"], token["letter"])
