"""Stop strings over a growing text: what may still become one is held back, and none is ever shown."""

from collections.abc import Sequence


class StopStrings:
    """`add()` pieces of text as they come; what it returns is safe to show. Ends at the first stop string."""

    def __init__(self, stop: Sequence[str]) -> None:
        self._stop = tuple(stop)
        self._held = ""
        self.is_stopped = False

    def add(self, text: str) -> str:
        if self.is_stopped:
            return ""
        self._held += text
        ends = [index for index in map(self._held.find, self._stop) if index >= 0]
        if ends:
            self.is_stopped = True
            return self._take(min(ends))
        return self._take(len(self._held) - self._num_undecided())

    def finish(self) -> str:
        """What was held back, once nothing more can come."""
        return "" if self.is_stopped else self._take(len(self._held))

    def _num_undecided(self) -> int:
        """Length of the longest end of the text that begins a stop string."""
        longest = max(map(len, self._stop), default=1) - 1
        lengths = range(min(longest, len(self._held)), 0, -1)
        return next((n for n in lengths if any(s.startswith(self._held[-n:]) for s in self._stop)), 0)

    def _take(self, length: int) -> str:
        taken, self._held = self._held[:length], self._held[length:]
        return taken
