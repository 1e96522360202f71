"""The example shop on a free port, in this process or in one of its own that may be killed."""

import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from scripts.shop.app import create_shop_app
from scripts.shop.database import FILE
from scripts.shop.shop import Shop
from tests.helpers.loopback import serve_on_loopback
from tests.helpers.processes import Output, Process, run_server

SECRET = "example-secret"
AUTHORIZED = {"Authorization": f"Bearer {SECRET}"}

NOW_S = 1_773_115_200
"""2026-03-10 12:00 in the shop's zone."""


@dataclass
class StillClock:
    """A clock that stands still until a test moves it."""

    now_s: float = NOW_S

    def __call__(self) -> float:
        return self.now_s

    def advance(self, days: float) -> None:
        self.now_s += days * 86400


@contextmanager
def serve_shop(folder: Path, slow_after_commit_s: float = 0.0, clock: Callable[[], float] = time.time) -> Iterator[str]:
    """Serve a shop in a thread of this process; give its address, such as `http://127.0.0.1:4711`."""
    app = create_shop_app(Shop(folder, clock), SECRET, slow_after_commit_s)
    with serve_on_loopback(app) as (host, port):
        yield f"http://{host}:{port}"


@contextmanager
def run_shop(folder: Path, *flags: str) -> Iterator[tuple[Process, str, Output]]:
    """Run a shop in a process; give the process, its address and its output."""
    with run_server("--data", str(folder), *flags, program=("scripts.shop",)) as running:
        yield running


def count_rows(folder: Path, table: str) -> int:
    """Return how many rows a table of the shop in `folder` has, such as `returns`, also while it runs."""
    with closing(sqlite3.connect(folder / FILE)) as connection:
        (found,) = connection.execute(f"SELECT count(*) FROM {table}").fetchone()
    return int(found)
