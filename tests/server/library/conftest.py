"""A store of documents, and collections in it."""

from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from server.store.store import Store, open_store
from tests.helpers.migrated import place_migrated

MakeURL = Callable[[], str]


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    place_migrated(tmp_path / "store.db")
    async with open_store(tmp_path / "store.db") as opened:
        yield opened
