"""Moderation of a text while it streams: what could still become a listed word is held back."""

from dataclasses import replace

from server.pipeline.moderation.folding import INVISIBLE
from server.pipeline.moderation.matching import Hit
from server.pipeline.moderation.moderator import Moderator, Verdict, get_place, hide
from server.pipeline.moderation.reader import Reader
from server.pipeline.moderation.word_lists import Action


class StreamFilter:
    """Shows a stream as `Moderator.check` shows the whole text, however it is cut; it ends at a word to block.

    What is held back has at most as many folded letters as the longest listed word, with what separates them.
    """

    def __init__(self, moderator: Moderator) -> None:
        self.is_blocked = False
        self._matcher = moderator.matcher
        self._read = Reader(self._matcher).read
        self._hits: set[Hit] = set()
        self._recent: set[Hit] = set()  # hits that reach into the held text
        self._released: list[str] = []  # the text that is no longer held, before it was masked
        self._num_released = 0  # in characters
        self._held = ""

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
        if has_ended:
            self._find(released + self._held, is_whole=False)
        return self._mask(released) if self._recent else self._release(released)

    def finish(self) -> str:
        """Return the rest, now that nothing follows."""
        if self.is_blocked:
            return ""
        self._find(self._held, is_whole=True)
        return self._mask(self._held)

    def _find(self, text: str, is_whole: bool) -> None:
        """Find the hits in text that has not been released yet."""
        context = self._find_last_visible()
        shift = self._num_released - len(context)
        found = self._matcher.find(context + text, len(context), is_whole)
        hits = {replace(hit, start=hit.start + shift, end=hit.end + shift) for hit in found}
        self._hits |= hits
        self._recent |= hits
        self.is_blocked = any(hit.category.action is Action.BLOCK for hit in hits)

    def _find_last_visible(self) -> str:
        """Return the last visible character that was released: it says whether a word begins after it."""
        before = (character for piece in reversed(self._released) for character in reversed(piece))
        visible = (character for character in before if self._matcher.characters[character] != INVISIBLE)
        return next(visible, "")

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
