"""A shop in an empty folder, with a clock that stands still."""

from pathlib import Path

import pytest

from scripts.shop.shop import Shop
from tests.helpers.shop import StillClock


@pytest.fixture
def clock() -> StillClock:
    return StillClock()


@pytest.fixture
def shop(tmp_path: Path, clock: StillClock) -> Shop:
    return Shop(tmp_path, clock)
