"""Fixtures that run tests of stored figures over both databases, with a clock that tests set."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from server.store.store import Store, open_store
from tests.helpers.clock import LEASE_S, Clock
from tests.helpers.migrated import place_migrated


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(params=["sqlite", "postgresql"])
async def both_stores(request: pytest.FixtureRequest, tmp_path: Path, clock: Clock) -> AsyncIterator[Store]:
    where: Path | str = tmp_path / "store.db"
    if request.param == "sqlite":
        place_migrated(tmp_path / "store.db")
    else:
        where = str(request.getfixturevalue("postgres_url"))
    async with open_store(where, LEASE_S, clock) as opened:
        yield opened
