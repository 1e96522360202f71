"""The place where the letters of a listed word were found, and whether they are that word there."""

from functools import cached_property

from server.matching.folded import Folded
from server.matching.folding import SPACE, is_spaced
from server.pipeline.moderation.segmentation import CONTEXT, Found, Segmenter, is_han

MAX_GAP = 8
"""How many separators may be between two letters of a word. Without a limit a stream could be held back forever."""

PAUSES = frozenset("，,、；;：:…—")
"""Punctuation between clauses and in lists. With white space it is a pause rather than a disguise."""

COMMAS = frozenset("，,")
"""What ends a clause, of these."""

LIST_SIGNS = PAUSES | {"/"}
"""What stands between the letters in a list of sizes."""

ARTICLES = frozenset("ai")
"""English words of one letter, which may stand before a word whose letters stand alone."""


class Place:
    """Letters `first` up to `end` of a folded text. If that is not whole, more may follow."""

    def __init__(self, folded: Folded, first: int, end: int, is_whole: bool) -> None:
        self._folded = folded
        self._first = first
        self._end = end
        self._is_whole = is_whole

    @cached_property
    def start(self) -> int:
        """The index of the first character in the original."""
        return self._folded.find_position(self._first)

    @property
    def span(self) -> tuple[int, int]:
        """The start and the end in the original."""
        return self.start, self._folded.find_position(self._end - 1) + 1

    @cached_property
    def _word(self) -> str:
        return self._folded.letters[self._first : self._end]

    @cached_property
    def _gaps(self) -> list[str]:
        """What separates each letter from the one before it, from the second letter on."""
        return [self._folded.find_gap(i) for i in range(self._first + 1, self._end)]

    @cached_property
    def _separators(self) -> frozenset[str]:
        """The kinds of separators between the letters."""
        return frozenset("".join(self._gaps))

    @cached_property
    def _is_pair(self) -> bool:
        """Whether this is two letters of a script with spaces, each of which stands alone."""
        return len(self._word) == 2 and all(map(is_spaced, self._word)) and all(self._gaps)

    def is_alone(self) -> bool:
        """Whether the letters are not part of a longer word of a script with spaces, as far as the text is known."""
        folded, end = self._folded, self._end
        if folded.is_inside(self._first) or folded.is_inside(end):
            return False
        return self._is_whole or end < len(folded.letters) or bool(folded.find_gap(end))

    def is_disguise(self, listed_gaps: frozenset[int]) -> bool:
        """Whether the gaps between the letters are what people write within one word to disguise it.

        In scripts without spaces any gap may be a disguise. In the others white space separates words, unless the
        listed word has a gap there too, or every letter stands alone.
        """
        if any(len(gap) > MAX_GAP for gap in self._gaps):
            return False
        inner = [
            gap
            for i, gap in enumerate(self._gaps, start=1)
            if i not in listed_gaps and is_spaced(self._word[i - 1]) and is_spaced(self._word[i])
        ]
        return all(inner) or not any(SPACE in gap for gap in inner)

    def is_decided(self) -> bool:
        """Whether enough of what follows is known to say whether this is a word of its own."""
        if self._is_whole or not self._is_like_inner(self._end):
            return True
        if not self._is_pair:
            return self._after[1]
        letters, end = self._folded.letters, self._end
        may_go_on = end == len(letters) - 1 and is_spaced(letters[end]) and not self._folded.find_gap(end + 1)
        return end < len(letters) and not may_go_on

    def is_own_word(self, segmenter: Segmenter) -> bool:
        """Whether the letters are a word of their own: neither from a list of letters, nor parts of other words."""
        if self._is_pair:
            return not (self._is_of_list() or self._is_in_compound(segmenter))
        return not any(map(is_han, self._word)) or segmenter.is_word(self._surround())

    def _is_of_list(self) -> bool:
        """Whether two letters are from a list, as sizes are: with a pause between them, or more letters beside them."""
        folded, first, end = self._folded, self._first, self._end
        if LIST_SIGNS.intersection(folded.read_gap(first + 1)):
            return True
        before = first > 0 and folded.is_single(first - 1) and folded.letters[first - 1] not in ARTICLES
        after = end < len(folded.letters) and folded.is_single(end)
        return (before and self._is_like_inner(first)) or (after and self._is_like_inner(end))

    def _is_in_compound(self, segmenter: Segmenter) -> bool:
        """Whether the last of two letters makes a word with the Chinese character after it, as in V领."""
        letters, end = self._folded.letters, self._end
        return end < len(letters) and not self._folded.find_gap(end) and segmenter.knows(letters[end - 1 : end + 1])

    def _surround(self) -> Found:
        """Return the letters among those around them."""
        gaps = [self._folded.read_gap(i) for i in range(self._first + 1, self._end) if self._folded.find_gap(i)]
        pauses = [gap for gap in gaps if all(each in PAUSES or each.isspace() for each in gap)]
        return Found(
            self._read_before(),
            self._word,
            self._after[0],
            has_pause=bool(pauses),
            has_sign=len(pauses) < len(gaps),
            has_comma=any(COMMAS.intersection(gap) for gap in pauses),
            is_partly_joined=0 < len(gaps) < len(self._gaps),
        )

    def _is_like_inner(self, i: int) -> bool:
        """Whether letter `i` follows the one before it directly, or after separators as they are within the word."""
        gap = self._folded.find_gap(i)
        return not gap or (len(gap) <= MAX_GAP and self._separators.issuperset(gap))

    def _may_join_next(self, i: int) -> bool:
        """Whether letter `i` may make a word with a Chinese character after it: another one, or one letter alone."""
        return is_han(self._folded.letters[i]) or (i == self._end - 1 and self._folded.is_single(i))

    def _read_before(self) -> str:
        """Return the Chinese characters before the word, as far as they may be of one word with it."""
        letters, start = self._folded.letters, self._first
        least = max(start - CONTEXT, 0)
        while start > least and is_han(letters[start]) and is_han(letters[start - 1]) and self._is_like_inner(start):
            start -= 1
        return letters[start : self._first]

    @cached_property
    def _after(self) -> tuple[str, bool]:
        """The Chinese characters after the word as far as they may be of one word with it, and whether that is all."""
        letters, end = self._folded.letters, self._end
        while end < self._end + CONTEXT and self._may_join_next(end - 1) and self._is_like_inner(end):
            if end == len(letters):
                return letters[self._end :], False
            if not is_han(letters[end]):
                break
            end += 1
        return letters[self._end : end], True
