"""A client of an application whose shop has a desk."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from server.engine.async_engine import AsyncEngine
from server.keys.keyring import KeyRing
from server.settings.settings import Settings
from tests.helpers.apps import stored_app
from tests.helpers.desk import KEYS, DeskClient
from tests.helpers.fakes import FakeChatModel


@pytest.fixture
def fake() -> FakeChatModel:
    return FakeChatModel()


@pytest.fixture
def desk(fake: FakeChatModel, tmp_path: Path) -> Iterator[DeskClient]:
    app = stored_app(Settings(max_waiting_sessions=3), AsyncEngine(fake, {}), tmp_path / "s.db", KeyRing(KEYS))
    with DeskClient(app) as client:
        yield client
