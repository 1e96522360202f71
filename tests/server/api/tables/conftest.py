"""A client of an application that reads documents, and what sends them."""

import io
import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from litestar.testing import TestClient

from server.engine.async_engine import AsyncEngine
from server.settings.settings import Settings
from tests.helpers.apps import stored_app
from tests.helpers.fakes import FakeChatModel

Send = Callable[[str, bytes], str]


@pytest.fixture(scope="package")
def reader() -> Iterator[TestClient[Any]]:
    """One application for all tests of the package: each sends documents of its own."""
    settings = Settings(max_new_tokens=200, transcribe_scans=False, max_documents=1000)
    with TestClient(stored_app(settings, AsyncEngine(FakeChatModel(), {})), raise_server_exceptions=False) as client:
        client.headers["Accept-Language"] = "en"
        yield client


@pytest.fixture
def send(reader: TestClient[Any]) -> Send:
    """Send a document, wait until it is read, and return its id."""

    def send_it(name: str, data: bytes) -> str:
        form = {"user_id": "ann"}
        sent = reader.post("/documents", data=form, files={"file": (name, io.BytesIO(data))})
        assert sent.status_code == 202, sent.text
        document_id: str = sent.json()["id"]
        events = reader.get(f"/documents/{document_id}/events").text
        assert json.loads(events.strip().splitlines()[-1].removeprefix("data: "))["state"] == "ready", events
        return document_id

    return send_it
