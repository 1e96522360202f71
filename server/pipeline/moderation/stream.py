"""Moderation of a text while it streams: what could still become a listed word is held back."""

from dataclasses import replace

from server.matching.folding import INVISIBLE
from server.pipeline.moderation.matching import Hit
from server.pipeline.moderation.moderator import Moderator, Verdict, get_place, hide
from server.pipeline.moderation.place import MAX_GAP
from server.pipeline.moderation.reader import Reader
from server.pipeline.moderation.segmentation import CONTEXT
from server.pipeline.moderation.word_lists import Action

MAX_CONTEXT = (CONTEXT + 1) * (MAX_GAP + 1)
"""How many visible characters before a word are looked at: its context, with what may separate the letters."""


class StreamFilter:
    """Shows a stream as `Moderator.check` shows the whole text, however it is cut; it ends at a word to block.

    What is held back has at most as many folded letters as the longest listed word, with what separates them, and after
    such a word at most `CONTEXT` letters more.
    """

    def __init__(self, moderator: Moderator) -> None:
        self.is_blocked = False
        self._matcher = moderator.matcher
        self._read = Reader(self._matcher).read
        self._hits: set[Hit] = set()
        self._recent: set[Hit] = set()  # hits that reach into the held text
        self._released: list[str] = []  # the text that is no longer held, before it was masked
        self._num_released = 0  # in characters
        self._waiting = ""  # text that the reader has released, from the first undecided word on
        self._held = ""
        self._is_undecided = False

    @property
    def verdict(self) -> Verdict:
        """The hits so far, by their places in the whole text, and the text that was shown."""
        hits = tuple(sorted(self._hits, key=get_place))
        return Verdict(hits, hide("".join(self._released), hits))

    def feed(self, text: str) -> str:
        """Take the next text, and return what may be shown now. After a word to block nothing is: see `is_blocked`."""
        if self.is_blocked:
            return ""
        released, self._held, has_ended = self._read(text)
        ready = self._waiting + released
        if has_ended or self._is_undecided:
            undecided = self._find(ready + self._held, is_whole=False)
            self._is_undecided = undecided < len(ready) + len(self._held)
            ready, self._waiting = ready[:undecided], ready[undecided:]
        return self._mask(ready) if self._recent else self._release(ready)

    def finish(self) -> str:
        """Return the rest, now that nothing follows."""
        if self.is_blocked:
            return ""
        rest = self._waiting + self._held
        self._find(rest, is_whole=True)
        return self._mask(rest)

    def _find(self, text: str, is_whole: bool) -> int:
        """Find the hits in text that has not been released yet; return where the first undecided word begins in it."""
        context = self._read_context()
        shift = self._num_released - len(context)
        search = self._matcher.search(context + text, len(context), is_whole)
        hits = {replace(hit, start=hit.start + shift, end=hit.end + shift) for hit in search.hits}
        self._hits |= hits
        self._recent |= hits
        self.is_blocked = any(hit.category.action is Action.BLOCK for hit in hits)
        return search.undecided - len(context)

    def _read_context(self) -> str:
        """Return the end of the text that was released: it says whether a word begins after it."""
        context: list[str] = []
        num_visible = 0
        for character in (character for piece in reversed(self._released) for character in reversed(piece)):
            if num_visible > MAX_CONTEXT:
                break
            context.append(character)
            num_visible += self._matcher.characters[character] != INVISIBLE
        return "".join(reversed(context))

    def _mask(self, text: str) -> str:
        """Release a text and return what is shown of it; it ends where a word to block begins."""
        if self.is_blocked:
            blocks = (hit.start for hit in self._recent if hit.category.action is Action.BLOCK)
            text = text[: min(blocks) - self._num_released]
        shown = hide(text, self._recent, self._num_released)
        self._release(text)
        self._recent = {hit for hit in self._recent if hit.end > self._num_released}
        return shown

    def _release(self, text: str) -> str:
        self._released.append(text)
        self._num_released += len(text)
        return text
