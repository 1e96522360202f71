"""The order in which the text of a page is read: mostly that of its file, but some programs draw in any order."""

from bisect import bisect_left
from dataclasses import dataclass
from itertools import islice, pairwise
from statistics import median

VERTICAL_RATIO = 3
"""A segment that is so much higher than wide is written from top to bottom."""

MAX_SEGMENTS = 5000
"""More are no text that somebody reads, and keep their order."""


@dataclass(frozen=True)
class Segment:
    """A part of a line, and where it is, in shares of the page."""

    text: str
    left: float
    top: float
    right: float
    bottom: float

    @property
    def height(self) -> float:
        return self.bottom - self.top

    @property
    def is_vertical(self) -> bool:
        return len(self.text) > 1 and self.height > VERTICAL_RATIO * (self.right - self.left)

    def is_in_line(self, other: "Segment") -> bool:
        """Whether one is above the other, or would be."""
        return self.left < other.right and other.left < self.right

    def is_beside(self, other: "Segment") -> bool:
        """Whether both are on one line: their middles are within each other's height."""
        middle = (self.top + self.bottom) / 2
        return other.top <= middle <= other.bottom or self.top <= (other.top + other.bottom) / 2 <= self.bottom


def order_segments(segments: list[Segment]) -> list[list[Segment]]:
    """Return segments line by line, each from left to right.

    The order of the file is kept where it goes down the page, or on to a column at the right. Where it goes back, or
    leaves out what comes elsewhere, a new run begins; runs are in the order of their tops.
    """
    if len(segments) > MAX_SEGMENTS or sum(each.is_vertical for each in segments) * 2 > len(segments):
        return [[each] for each in segments]
    runs = _split_runs(segments)
    if len(runs) > 1:
        runs = [part for run in runs for part in _split_gaps(run, sorted(segments, key=lambda each: each.top))]
        unit = max(median(each.height for each in segments), 1e-4)
        runs.sort(key=lambda run: (round(min(each.top for each in run) / unit), min(each.left for each in run)))
    return _join_lines([each for run in runs for each in run])


def _split_runs(segments: list[Segment]) -> list[list[Segment]]:
    runs: list[list[Segment]] = []
    for segment in segments:
        if runs and not _goes_back(runs[-1][-1], segment):
            runs[-1].append(segment)
        else:
            runs.append([segment])
    return runs


def _split_gaps(run: list[Segment], by_top: list[Segment]) -> list[list[Segment]]:
    """Return the parts of a run between which there is something else to read."""
    parts = [run[:1]]
    for before, after in pairwise(run):
        if _is_filled(before, after, by_top):
            parts.append([])
        parts[-1].append(after)
    return parts


def _is_filled(before: Segment, after: Segment, by_top: list[Segment]) -> bool:
    """Whether a segment is between two others, one of which is below the other."""
    start = bisect_left(by_top, before.bottom, key=lambda each: each.top)
    for each in islice(by_top, start, None):
        if each.top >= after.top:
            return False
        if each.bottom <= after.top and each.is_in_line(before) and each.is_in_line(after):
            return True
    return False


def _goes_back(before: Segment, after: Segment) -> bool:
    """Whether a segment should be read before the one that is drawn before it."""
    if after.is_beside(before):
        return after.right <= before.left
    return after.top < before.top and after.left < before.right


def _join_lines(segments: list[Segment]) -> list[list[Segment]]:
    """Return segments with those that follow on one line joined, such as the cells of a table's row."""
    lines: list[list[Segment]] = []
    for segment in segments:
        if lines and segment.is_beside(lines[-1][-1]) and segment.left >= lines[-1][-1].right:
            lines[-1].append(segment)
        else:
            lines.append([segment])
    return lines
