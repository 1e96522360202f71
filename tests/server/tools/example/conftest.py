"""The example shop in this process, at a time that stands still."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from litestar.testing import TestClient

from scripts.shop.app import create_shop_app
from scripts.shop.shop import Shop
from tests.helpers.example_tools import ShopCaller
from tests.helpers.shop import AUTHORIZED, SECRET, StillClock


@pytest.fixture
def caller_of(tmp_path: Path) -> Iterator[Callable[[str], ShopCaller]]:
    """What calls the tools for a customer."""
    with TestClient(create_shop_app(Shop(tmp_path, StillClock()), SECRET)) as client:
        client.headers.update(AUTHORIZED)
        yield lambda customer: ShopCaller(client, customer)
