"""The last failures and hits of moderation: what the metrics count, one by one. Never what was asked or answered."""

import time
from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from traceback import extract_tb

from server.errors import InternalError, ServerError
from server.errors.base import Language
from server.request_record import RequestRecord

NUM_KEPT = 200
"""Of each kind: about an hour of one every twenty seconds."""

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class RecentFailure:
    """`id` is the request's, which its client was shown; `texts` are the cause in Chinese and English."""

    time_s: float
    id: str
    method: str
    route: str
    status: int
    kind: str
    texts: Mapping[Language, str]
    key: str | None


@dataclass(frozen=True)
class RecentHit:
    """A word of the lists that was found: `where` is question or answer, `rule` the list's file and line.

    The text is nowhere.
    """

    time_s: float
    id: str
    route: str
    category: str
    action: str
    where: str
    rule: str


class Recent:
    """Times are of Unix. A client's own mistakes (4xx) are counted by the metrics, and are no failures here."""

    def __init__(self, num_kept: int = NUM_KEPT) -> None:
        self._failures: deque[RecentFailure] = deque(maxlen=num_kept)
        self._hits: deque[RecentHit] = deque(maxlen=num_kept)

    @property
    def failures(self) -> list[RecentFailure]:
        """Newest first."""
        return list(reversed(self._failures))

    @property
    def hits(self) -> list[RecentHit]:
        """Newest first."""
        return list(reversed(self._hits))

    def note(self, record: RequestRecord) -> None:
        """A request that has ended."""
        if record.response_error is not None and record.response_error.status >= 500:
            self._failures.append(_failure(record, record.response_error, time.time()))
        if record.rules:
            self._hits.extend(_hits(record, time.time()))


def _failure(record: RequestRecord, failure: ServerError, now_s: float) -> RecentFailure:
    is_fault = isinstance(failure, InternalError) and record.cause is not None
    kind = type(record.cause if is_fault else failure).__name__
    texts = dict.fromkeys(failure.texts, origin_of(record.cause)) if is_fault else failure.texts
    return RecentFailure(now_s, record.request_id, record.method, record.route, failure.status, kind, texts, record.key)


def _hits(record: RequestRecord, now_s: float) -> Iterator[RecentHit]:
    hits = (hit for note in record.notes if note["stage"] == "moderation" for hit in note["hits"])
    for hit, rule in zip(hits, record.rules, strict=True):
        yield RecentHit(
            now_s, record.request_id, record.route, hit["category"], hit["action"], hit["where"], Path(rule).name
        )


def origin_of(error: BaseException | None) -> str:
    """What was raised, and where in this project's files. Its own words stay in the log: they may hold a customer's."""
    frames = [] if error is None else extract_tb(error.__traceback__)
    own = [frame for frame in frames if Path(frame.filename).is_relative_to(ROOT) and ".venv" not in frame.filename]
    kind = type(error).__name__
    return f"{kind}, {Path(own[-1].filename).relative_to(ROOT)}:{own[-1].lineno}" if own else kind
