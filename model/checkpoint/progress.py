"""How far a download is: a bar on a terminal, elsewhere a line about every ten seconds or five percent."""

import logging
import sys
import threading
import time
from dataclasses import dataclass, field
from types import TracebackType

from tqdm import tqdm

LINE_S = 10.0
LEAST_LINE_S = 1.0
LINE_SHARE = 0.05

logger = logging.getLogger("model.checkpoint")


def format_bytes(count: float) -> str:
    """Write bytes with three figures or so: 912 B, 16.2 GB."""
    for unit, size in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if count >= size:
            return f"{count / size:.3g} {unit}" if count < 1000 * size else f"{count / size:,.0f} {unit}"
    return f"{count:.0f} B"


@dataclass
class Progress:
    """Counts bytes from any thread, and shows the count when asked to.

    `total` bytes are to come, of which `done` were there at the start.
    """

    total: int
    done: int = 0
    is_terminal: bool = field(default_factory=lambda: sys.stderr.isatty())
    _fetched: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __enter__(self) -> "Progress":
        self._start = self._shown_at = time.monotonic()
        self._shown = self._num_before = self.done
        self._bar = tqdm(
            total=self.total,
            initial=self.done,
            unit="B",
            unit_scale=True,
            disable=not (self.is_terminal and self.total),
        )
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.show()
        self._bar.close()
        if not self.is_terminal and error is None and self._fetched:
            logger.info("%s", self.describe())

    def add(self, count: int, *, is_fetched: bool = True) -> None:
        """Count bytes that came; a negative count takes back what proved useless, which is no download."""
        with self._lock:
            self.done += count
            if is_fetched:
                self._fetched += count

    def show(self) -> None:
        """Draw the bar, or log a line if one is due."""
        if self.is_terminal:
            self._bar.update(self.done - self._bar.n)
            return
        waited = time.monotonic() - self._shown_at
        is_far = self.done - self._shown >= LINE_SHARE * self.total and waited >= LEAST_LINE_S
        if is_far or waited >= LINE_S:
            self._shown, self._shown_at = self.done, time.monotonic()
            logger.info("%s", self.describe())

    def describe(self) -> str:
        """Return "downloaded 3.2 of 16.2 GB (20 %), 85 MB/s"."""
        rate = self._fetched / max(time.monotonic() - self._start, 1e-3)
        share = 100 * self.done // max(self.total, 1)
        done, total = format_bytes(self.done), format_bytes(self.total)
        number, _, unit = done.partition(" ")
        shown = number if unit == total.partition(" ")[2] else done
        return f"downloaded {shown} of {total} ({share} %), {format_bytes(rate)}/s"
