"""One line a request: route, status, time, size, and whose it was. Never what was asked or shown."""

import logging
from typing import Any

from server.request_record import UNMATCHED, RequestRecord

MAX_PATH = 200
"""Characters of a path that is no route; of others the route says enough."""

PROBES = frozenset({"/health/live", "/health/ready", "/metrics", "/ops/history", "/ops/state"})
"""Asked every few seconds: told at DEBUG while all is well."""

logger = logging.getLogger("server.access")


def log_access(record: RequestRecord) -> None:
    """With the fields as `extra`: what has no value is left out."""
    fields: dict[str, Any] = {
        "method": record.method,
        "route": record.route,
        "path": record.path[:MAX_PATH] if record.route == UNMATCHED else None,
        "status": record.status,
        "seconds": round(record.seconds, 3),
        "bytes": record.num_bytes,
        "prompt_tokens": record.num_prompt_tokens or None,
        "generated_tokens": record.num_generated_tokens or None,
        "key": record.key,
        "stages": record.notes or None,
        "error": record.stream_error,
    }
    level = logging.DEBUG if record.route in PROBES and record.status == 200 else logging.INFO
    logger.log(level, "request", extra={name: value for name, value in fields.items() if value is not None})
