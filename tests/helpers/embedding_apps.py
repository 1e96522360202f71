"""An application with a tiny embedding model, whose vectors are known."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from litestar.testing import TestClient

from server.engine.async_engine import AsyncEngine, RequestLimits
from server.keys.keyring import KeyRing
from server.settings.settings import Settings
from tests.helpers.apps import stored_app
from tests.helpers.fakes import FakeChatModel
from tests.helpers.onnx import write_model

WORDS = {"refund": (1.0, 0.0), "money": (1.0, 0.0), "shoe": (0.0, 1.0)}


@contextmanager
def embedding_client(tmp_path: Path, keys: KeyRing | None = None, **settings: Any) -> Iterator[TestClient[Any]]:
    """Give a client of a server with the embedding model `words`, also called `ada`."""
    pytest.importorskip("onnxruntime")
    folder = tmp_path / "words"
    folder.mkdir()
    write_model(folder, WORDS)
    named = Settings(embedding_model=str(folder), embedding_aliases="ada", **settings)
    engine = AsyncEngine(FakeChatModel(), {}, RequestLimits(8))
    with TestClient(stored_app(named, engine, keys=keys), raise_server_exceptions=False) as client:
        yield client
