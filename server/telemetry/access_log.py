"""The access log: one line per request with its route, status, duration and key. Never what was asked or shown."""

import logging
from typing import Any

from server.request_record import UNMATCHED, RequestRecord

MAX_PATH = 200
"""The most characters of a path that is logged, which it only is where no route matched."""

PROBES = frozenset({"/health/live", "/health/ready", "/metrics", "/ops/history", "/ops/state"})
"""Routes that are asked every few seconds: logged at DEBUG while they answer 200."""

logger = logging.getLogger("server.access")


def log_access(record: RequestRecord) -> None:
    """Log a request that has ended, with its fields as `extra`. Fields without a value are left out."""
    fields: dict[str, Any] = {
        "method": record.method,
        "route": record.route,
        "path": record.path[:MAX_PATH] if record.route == UNMATCHED else None,
        "status": record.status,
        "seconds": round(record.duration_s, 3),
        "bytes": record.num_bytes,
        "prompt_tokens": record.num_prompt_tokens or None,
        "generated_tokens": record.num_generated_tokens or None,
        "key": record.key,
        "stages": [_leave_quotes_out(note) for note in record.notes] or None,
        "error": record.stream_error,
    }
    level = logging.DEBUG if record.route in PROBES and record.status == 200 else logging.INFO
    logger.log(level, "request", extra={name: value for name, value in fields.items() if value is not None})


def _leave_quotes_out(note: dict[str, Any]) -> dict[str, Any]:
    """Return what a stage noted without texts and names of documents: only numbers of passages are logged."""
    counted = ("citations", "facts", "mentions", "passages", "pictured")
    left_out = ("faq", "query", "unread")
    return {name: len(what) if name in counted else what for name, what in note.items() if name not in left_out}
