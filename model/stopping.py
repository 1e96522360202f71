"""Stop strings in a growing text: no part of one is ever shown."""

from collections.abc import Sequence


class StopStrings:
    """Passes on pieces of text up to the first stop string, and holds back what may become one.

    `spared` are the tags of passages in which stop strings do nothing: how one begins, and how it ends, if it does.
    """

    def __init__(self, stop: Sequence[str], spared: Sequence[str] = ()) -> None:
        self._stop = tuple(stop)
        self._start, self._end = (tuple(spared[:1]), tuple(spared[1:])) if stop else ((), ())
        self._is_spared = False
        self._held = ""
        self.is_stopped = False
        self.found: str | None = None
        """The stop string that has come, the first of those that begin at the same place."""

    def add(self, text: str) -> str:
        """Take the next piece and return the text that is now certain to lie before any stop string."""
        if self.is_stopped:
            return ""
        self._held += text
        num_open = 0 if self._is_spared else count_partial_match(self._held, self._start)
        passed = self._pass_strings(len(self._held) - num_open)
        return passed + self._take(len(self._held) - count_partial_match(self._held, self._targets))

    def finish(self) -> str:
        """Return what was held back, once no more text can come."""
        return self._pass_strings(len(self._held)) + self._take(len(self._held))

    @property
    def _targets(self) -> tuple[str, ...]:
        """What to look for; of two at the same place the first counts."""
        return self._end if self._is_spared else (*self._start, *self._stop)

    def _pass_strings(self, limit: int) -> str:
        """Return the text up to the last string that was looked for and begins before `limit`, or to a stop string.

        Nothing is held any more after that.
        """
        passed = ""
        while not self.is_stopped and (found := self._find_first()) is not None and found[0] < limit:
            index, target = found
            self.is_stopped = not self._is_spared and target not in self._start
            self.found = target if self.is_stopped else None
            length = index if self.is_stopped else index + len(target)
            self._is_spared = not self._is_spared
            passed += self._take(length)
            limit -= length
        if self.is_stopped:
            self._held = ""
        return passed

    def _find_first(self) -> tuple[int, str] | None:
        places = [(index, target) for target in self._targets if (index := self._held.find(target)) >= 0]
        return min(places, key=lambda place: place[0], default=None)

    def _take(self, length: int) -> str:
        taken, self._held = self._held[:length], self._held[length:]
        return taken


def count_partial_match(text: str, targets: Sequence[str]) -> int:
    """Return the length of the longest suffix of `text` that is the beginning, but not the whole, of a target."""
    longest = max(map(len, targets), default=1) - 1
    lengths = range(min(longest, len(text)), 0, -1)
    return next((n for n in lengths if any(target.startswith(text[-n:]) for target in targets)), 0)
