"""Fixtures that run the tests over both databases, with a clock that tests set."""

from collections.abc import AsyncIterator

import pytest

from server.store.store import Store, open_store
from tests.helpers.clock import LEASE_S, Clock


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def store(url: str, clock: Clock) -> AsyncIterator[Store]:
    async with open_store(url, LEASE_S, clock) as opened:
        yield opened
