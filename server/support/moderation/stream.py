"""Moderation of a text that is still being written: nothing leaves that could still become a word of the lists."""

from dataclasses import replace

from server.support.moderation.matching import Hit
from server.support.moderation.moderator import Moderator, Verdict, by_place, hide
from server.support.moderation.reader import Reader
from server.support.moderation.word_lists import Action


class StreamFilter:
    """What leaves is what `Moderator.check` shows of the whole text, however it is cut; at a word to block it ends.

    What is held back has at most as many letters as the longest word of the lists, once folded, and what separates
    them.
    """

    def __init__(self, moderator: Moderator) -> None:
        self.is_blocked = False
        self._matcher = moderator.matcher
        self._reader = Reader(self._matcher)
        self._hits: list[Hit] = []
        self._recent: set[Hit] = set()  # those that reach into what is held
        self._shown: list[str] = []
        self._num_shown = 0  # characters
        self._held = ""
        self._context = ""  # the last character before `_held` that is not invisible, as it came
        self._is_undecided = False  # whether a word that ends with `_held` is a hit

    @property
    def verdict(self) -> Verdict:
        """So far: the hits by their places in the whole text, and what has left."""
        return Verdict(tuple(sorted(self._hits, key=by_place)), "".join(self._shown))

    def feed(self, text: str) -> str:
        """What may leave now. From a word to block on nothing does: see `is_blocked`."""
        if self.is_blocked:
            return ""
        self._held += text
        if self._reader.read(text) or self._is_undecided:
            self._find(is_whole=False)
            self._is_undecided = self._reader.is_at_word
        return self._release(len(self._held) - self._reader.num_open(self._held))

    def finish(self) -> str:
        """The rest, now that nothing follows."""
        if self.is_blocked:
            return ""
        self._find(is_whole=True)
        return self._release(len(self._held))

    def _find(self, is_whole: bool) -> None:
        shift = self._num_shown - len(self._context)
        found = self._matcher.find(self._context + self._held, len(self._context), is_whole)
        hits = {replace(hit, start=hit.start + shift, end=hit.end + shift) for hit in found}
        self._hits += hits - self._recent
        self._recent |= hits
        self.is_blocked = any(hit.category.action is Action.BLOCK for hit in hits)

    def _release(self, num_released: int) -> str:
        """The first of those held; fewer where a word to block begins among them."""
        if self.is_blocked:
            blocks = (hit.start for hit in self._recent if hit.category.action is Action.BLOCK)
            num_released = min(num_released, min(blocks) - self._num_shown)
        if not num_released:
            return ""
        released, self._held = self._held[:num_released], self._held[num_released:]
        self._context = self._reader.last_visible(released) or self._context
        shown = hide(released, self._recent, self._num_shown) if self._recent else released
        self._shown.append(shown)
        self._num_shown += num_released
        if self._recent:
            self._recent = {hit for hit in self._recent if hit.end > self._num_shown}
        return shown
