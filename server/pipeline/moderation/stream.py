"""Moderation of a text that is still being written: nothing leaves that could still become a word of the lists."""

from dataclasses import replace

from server.pipeline.moderation.folding import INVISIBLE
from server.pipeline.moderation.matching import Hit
from server.pipeline.moderation.moderator import Moderator, Verdict, by_place, hide
from server.pipeline.moderation.reader import Reader
from server.pipeline.moderation.word_lists import Action


class StreamFilter:
    """What leaves is what `Moderator.check` shows of the whole text, however it is cut; at a word to block it ends.

    What is held back has at most as many letters as the longest word of the lists, once folded, and what separates
    them.
    """

    def __init__(self, moderator: Moderator) -> None:
        self.is_blocked = False
        self._matcher = moderator.matcher
        self._read = Reader(self._matcher).read
        self._hits: set[Hit] = set()
        self._recent: set[Hit] = set()  # those that reach into what is held
        self._left: list[str] = []  # what is no longer held, as it came
        self._num_left = 0  # characters
        self._held = ""

    @property
    def verdict(self) -> Verdict:
        """So far: the hits by their places in the whole text, and what has left."""
        hits = tuple(sorted(self._hits, key=by_place))
        return Verdict(hits, hide("".join(self._left), hits))

    def feed(self, text: str) -> str:
        """What may leave now. From a word to block on nothing does: see `is_blocked`."""
        if self.is_blocked:
            return ""
        released, self._held, has_ended = self._read(text)
        if has_ended:
            self._find(released + self._held, is_whole=False)
        return self._release(released) if self._recent else self._leave(released)

    def finish(self) -> str:
        """The rest, now that nothing follows."""
        if self.is_blocked:
            return ""
        self._find(self._held, is_whole=True)
        return self._release(self._held)

    def _find(self, text: str, is_whole: bool) -> None:
        """In what has not left yet."""
        context = self._context()
        shift = self._num_left - len(context)
        found = self._matcher.find(context + text, len(context), is_whole)
        hits = {replace(hit, start=hit.start + shift, end=hit.end + shift) for hit in found}
        self._hits |= hits
        self._recent |= hits
        self.is_blocked = any(hit.category.action is Action.BLOCK for hit in hits)

    def _context(self) -> str:
        """The last character that has left and is not invisible, as it came."""
        before = (character for piece in reversed(self._left) for character in reversed(piece))
        visible = (character for character in before if self._matcher.characters[character] != INVISIBLE)
        return next(visible, "")

    def _release(self, text: str) -> str:
        """What is shown of it; it ends where a word to block begins."""
        if self.is_blocked:
            blocks = (hit.start for hit in self._recent if hit.category.action is Action.BLOCK)
            text = text[: min(blocks) - self._num_left]
        shown = hide(text, self._recent, self._num_left)
        self._leave(text)
        self._recent = {hit for hit in self._recent if hit.end > self._num_left}
        return shown

    def _leave(self, text: str) -> str:
        self._left.append(text)
        self._num_left += len(text)
        return text
