"""A client of an application with a fake model, and a server process with the demo model."""

from collections.abc import Iterator
from typing import Any

import pytest
from litestar.testing import TestClient

from server.engine.async_engine import AsyncEngine, RequestLimits
from server.settings.settings import Settings
from tests.helpers.apps import stored_app
from tests.helpers.fakes import FakeChatModel
from tests.helpers.processes import run_server


@pytest.fixture
def fake() -> FakeChatModel:
    return FakeChatModel(max_tokens=8)


@pytest.fixture
def client(fake: FakeChatModel) -> Iterator[TestClient[Any]]:
    settings = Settings(max_body_bytes=100_000, max_image_pixels=10_000, max_images=3, max_new_tokens=200)
    engine = AsyncEngine(fake, {"max_new_tokens": 200}, RequestLimits(max_requests=8))
    with TestClient(stored_app(settings, engine), raise_server_exceptions=False) as client:
        yield client


@pytest.fixture(scope="package")
def demo_address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a server process with the demo model, for tests that share its state."""
    with run_server("--data", str(tmp_path_factory.mktemp("data"))) as (_, address, _):
        yield address
