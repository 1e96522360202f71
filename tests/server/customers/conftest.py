"""A store of its own for each test, which holds customers."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from server.store.store import Store, open_store
from tests.helpers.migrated import place_migrated


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    place_migrated(tmp_path / "store.db")
    async with open_store(tmp_path / "store.db") as opened:
        yield opened
