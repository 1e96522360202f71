"""Fixtures that run the tests over both databases, with a clock that tests set."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from server.store.store import Store, open_store
from tests.helpers.clock import LEASE_S, Clock
from tests.helpers.migrated import place_migrated


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'store.sqlite3'}"


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest) -> str:
    """The URL of a new, empty database."""
    made: str = request.getfixturevalue("sqlite_url" if request.param == "sqlite" else "postgres_url")
    return made


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def store(url: str, clock: Clock) -> AsyncIterator[Store]:
    if url.startswith("sqlite"):
        place_migrated(Path(url.removeprefix("sqlite:///")))
    async with open_store(url, LEASE_S, clock) as opened:
        yield opened
