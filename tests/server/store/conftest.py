"""Fixtures that run the tests over both databases."""

from collections.abc import AsyncIterator

import pytest

from server.store import handle
from server.store.store import Store, open_store
from tests.helpers.clock import LEASE_S, Clock


@pytest.fixture(autouse=True)
def quick_saves(monkeypatch: pytest.MonkeyPatch) -> None:
    """Save answers often, so that tests do not wait."""
    monkeypatch.setattr(handle, "SAVE_EVERY_S", 0.05)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def store(url: str, clock: Clock) -> AsyncIterator[Store]:
    async with open_store(url, LEASE_S, clock) as opened:
        yield opened
