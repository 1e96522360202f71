"""Stop strings in a growing text: no part of one is ever shown."""

from collections.abc import Sequence


class StopStrings:
    """Passes on pieces of text up to the first stop string, and holds back what may become one."""

    def __init__(self, stop: Sequence[str]) -> None:
        self._stop = tuple(stop)
        self._held = ""
        self.is_stopped = False

    def add(self, text: str) -> str:
        """Take the next piece and return the text that is now certain to lie before any stop string."""
        if self.is_stopped:
            return ""
        self._held += text
        ends = [index for index in map(self._held.find, self._stop) if index >= 0]
        if ends:
            self.is_stopped = True
            return self._take(min(ends))
        return self._take(len(self._held) - count_partial_match(self._held, self._stop))

    def finish(self) -> str:
        """Return what was held back, once no more text can come."""
        return "" if self.is_stopped else self._take(len(self._held))

    def _take(self, length: int) -> str:
        taken, self._held = self._held[:length], self._held[length:]
        return taken


def count_partial_match(text: str, targets: Sequence[str]) -> int:
    """Return the length of the longest suffix of `text` that is the beginning, but not the whole, of a target."""
    longest = max(map(len, targets), default=1) - 1
    lengths = range(min(longest, len(text)), 0, -1)
    return next((n for n in lengths if any(target.startswith(text[-n:]) for target in targets)), 0)
