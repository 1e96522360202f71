"""The last errors and moderation hits, of which the metrics only have the counts. Never what was asked or answered."""

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
"""How many events of each kind are kept: about an hour's, at one every twenty seconds."""

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class RecentError:
    """A 5xx that a client was sent. `id` is the request's, which the client has too; `time_s` is in Unix seconds.

    `kind` is the class of the error; `texts` are its cause in Chinese and English.
    """

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
    """A word of the lists that was found, without the text that it was found in. `time_s` is in Unix seconds.

    `where` is question, instructions or answer, `rule` the file and line of the word.
    """

    time_s: float
    id: str
    route: str
    category: str
    action: str
    where: str
    rule: str


class RecentEvents:
    """The last `num_kept` errors and as many hits. Errors of the client (4xx) are left out: the metrics count them."""

    def __init__(self, num_kept: int = NUM_KEPT) -> None:
        self._errors: deque[RecentError] = deque(maxlen=num_kept)
        self._hits: deque[RecentHit] = deque(maxlen=num_kept)

    @property
    def errors(self) -> list[RecentError]:
        """The errors, newest first."""
        return list(reversed(self._errors))

    @property
    def hits(self) -> list[RecentHit]:
        """The hits, newest first."""
        return list(reversed(self._hits))

    def add(self, record: RequestRecord) -> None:
        """Keep the events of a request that has ended."""
        if record.response_error is not None and record.response_error.status >= 500:
            self._errors.append(_describe_error(record, record.response_error, time.time()))
        if record.rules:
            self._hits.extend(_list_hits(record, time.time()))


def _describe_error(record: RequestRecord, error: ServerError, now_s: float) -> RecentError:
    is_unexpected = isinstance(error, InternalError) and record.cause is not None
    kind = type(record.cause if is_unexpected else error).__name__
    texts = dict.fromkeys(error.texts, describe_origin(record.cause)) if is_unexpected else error.texts
    return RecentError(now_s, record.request_id, record.method, record.route, error.status, kind, texts, record.key)


def _list_hits(record: RequestRecord, now_s: float) -> Iterator[RecentHit]:
    hits = (hit for note in record.notes if note["stage"] == "moderation" for hit in note["hits"])
    for hit, rule in zip(hits, record.rules, strict=True):
        yield RecentHit(
            now_s, record.request_id, record.route, hit["category"], hit["action"], hit["where"], Path(rule).name
        )


def describe_origin(error: BaseException | None) -> str:
    """Return the class of an exception, and the last place in this project's files that it was raised through.

    Its text is left out: it may hold what a customer wrote, and is in the log.
    """
    frames = [] if error is None else extract_tb(error.__traceback__)
    own = [frame for frame in frames if Path(frame.filename).is_relative_to(ROOT) and ".venv" not in frame.filename]
    kind = type(error).__name__
    return f"{kind}, {Path(own[-1].filename).relative_to(ROOT)}:{own[-1].lineno}" if own else kind
