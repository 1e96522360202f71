"""A client of an application with the tiny recorded checkpoint, whose log-probabilities are true ones."""

from collections.abc import Iterator
from typing import Any

import pytest
from litestar.testing import TestClient

from model.chat import ChatModel
from server.engine.async_engine import AsyncEngine, RequestLimits
from server.settings.settings import Settings
from tests.helpers.apps import stored_app


@pytest.fixture(scope="module")
def served(chat_model: ChatModel) -> Iterator[TestClient[Any]]:
    settings = Settings(max_new_tokens=20)
    engine = AsyncEngine(chat_model, {"max_new_tokens": 20}, RequestLimits(max_requests=8))
    with TestClient(stored_app(settings, engine), raise_server_exceptions=False) as client:
        yield client
