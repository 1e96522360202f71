"""How many connections there may be, and how long they may keep the server waiting."""

import logging
import resource
import sys
from dataclasses import dataclass
from typing import Self

from server.settings.settings import Settings

FILES_BESIDE_CONNECTIONS = 128
"""For the database, the log, checkpoints, processes that decode pictures, and fetched pictures."""

NUM_SPARE_CONNECTIONS = 16
"""Over the limit, so that health checks get through and others are told why they do not."""

logger = logging.getLogger("server")


@dataclass(frozen=True)
class ConnectionLimits:
    """`max_head_s` is how long a request's head may take to come."""

    max_connections: int = 1024
    max_head_s: float = 10.0

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """Return the limits of the settings, as far as the limit of open files allows; that one is raised first."""
        num_files = raise_file_limit()
        beside = min(FILES_BESIDE_CONNECTIONS, num_files // 2)
        room = max(1, num_files - beside - NUM_SPARE_CONNECTIONS)
        if room < settings.max_connections:
            logger.warning("only %d connections are taken, as only %d files may be open", room, num_files)
        return cls(min(settings.max_connections, room), settings.max_head_s)


def raise_file_limit() -> int:
    """Let the process open as many files as the system allows it, and return how many."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    except (OSError, ValueError):  # some systems allow less than they say
        hard = soft
    return sys.maxsize if hard == resource.RLIM_INFINITY else hard
