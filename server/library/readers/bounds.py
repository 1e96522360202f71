"""What a process that reads a document may take: it ends with its server, and goes beyond no limit."""

import contextlib
import ctypes
import mmap
import resource
import signal
from pathlib import Path

SLACK_S = 5
"""How much longer than the server waits the process lives, in case nobody is left to end it."""

SLACK_BYTES = 4 << 20
FIRST_VICTIM = "500"
SET_DEATH_SIGNAL = 1
MAX_FILES = 64


def bind_process() -> None:
    """Bind this process to its server's life. What it can take at all is bounded by `limit_memory` and `limit_time`."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the server ends this process itself
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))  # a reader writes no files
    with contextlib.suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (MAX_FILES, MAX_FILES))
    with contextlib.suppress(AttributeError, OSError):
        ctypes.CDLL(None).prctl(SET_DEATH_SIGNAL, signal.SIGKILL)
    with contextlib.suppress(OSError):  # where memory runs out, the system ends this process before the server
        Path("/proc/self/oom_score_adj").write_text(FIRST_VICTIM)


def limit_memory(num_bytes: int) -> None:
    """Let this process take no more than `num_bytes` beyond what it has, where the system can refuse the rest."""
    _, hard = resource.getrlimit(resource.RLIMIT_DATA)
    with contextlib.suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_DATA, (_read_used_bytes() + num_bytes + SLACK_BYTES, hard))


def limit_time(max_s: int) -> None:
    """End this process after a time, a little later than its server does; 0 is never."""
    signal.alarm(max_s + SLACK_S if max_s else 0)


def _read_used_bytes() -> int:
    """Return the memory of this process that its limit counts. Raises `OSError` where that is not known."""
    return int(Path("/proc/self/statm").read_text().split()[5]) * mmap.PAGESIZE
