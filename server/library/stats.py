"""What has been read since the server started, for metrics."""

from collections import Counter
from dataclasses import dataclass, field

from model.engine.stats import Histogram

READY = "ready"
"""The outcome of a document that was read to its end; the others are codes of refusals."""


@dataclass
class ReadingStats:
    """How many documents ended how, how many pages were read, and the seconds that documents took.

    A document counts with the time in which this server read it, also where another had begun.
    """

    outcomes: Counter[str] = field(default_factory=Counter)
    num_pages: int = 0
    num_transcribed: int = 0
    document_s: Histogram = field(default_factory=Histogram)
