"""The health checks say whether the server is ready, and why not."""

import asyncio
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from litestar.testing import TestClient

from server.api.operate import health
from server.engine.async_engine import AsyncEngine, RequestLimits
from server.settings.settings import Settings
from server.store.errors import DatabaseFull, DatabaseUnreachable
from server.store.store import Store
from tests.helpers.apps import stored_app
from tests.helpers.fakes import FakeChatModel
from tests.helpers.loopback import comes_true

ENGINE_LIMITS = RequestLimits(step_timeout_s=0.2)


@pytest.fixture
def may_return() -> threading.Event:
    """Until it is set, slow steps do not return."""
    return threading.Event()


@pytest.fixture
def engine(may_return: threading.Event) -> AsyncEngine:
    return AsyncEngine(FakeChatModel(pause=may_return.wait), {"max_new_tokens": 2}, ENGINE_LIMITS)


@pytest.fixture
def client(engine: AsyncEngine) -> Iterator[TestClient[Any]]:
    app: Any = stored_app(Settings(), engine)
    with TestClient(app) as client:
        yield client


def reason(client: TestClient[Any]) -> str | None:
    """None where it is ready."""
    response = client.get("/health/ready")
    body = response.json()
    assert (response.status_code, body["status"]) == ((200, "ready") if len(body) == 1 else (503, "not ready"))
    found: str | None = body.get("reason")
    return found


def test_alive_and_ready(client: TestClient[Any]) -> None:
    assert client.get("/health/live").json() == {"status": "ok"}
    assert reason(client) is None


def test_a_draining_server_is_not_ready(client: TestClient[Any], engine: AsyncEngine) -> None:
    engine._is_draining = True
    assert reason(client) == "draining"
    assert client.post("/ask", json={"question": "hello"}).status_code == 503
    assert client.get("/health/live").status_code == 200
    assert client.get("/sessions").status_code == 200, "what needs no engine is answered still"


def test_a_server_with_a_stopped_engine_is_not_ready(client: TestClient[Any]) -> None:
    assert client.post("/ask", json={"question": "die"}).status_code == 503
    assert reason(client) == "engine stopped"


def test_a_server_with_a_stuck_step_is_not_ready_until_it_returns(
    client: TestClient[Any], may_return: threading.Event
) -> None:
    asking = threading.Thread(target=lambda: client.post("/ask", json={"question": "slow"}))
    asking.start()
    assert comes_true(lambda: reason(client) == "engine stuck")
    assert client.post("/ask", json={"question": "more"}).status_code == 503
    may_return.set()
    asking.join()
    assert comes_true(lambda: reason(client) is None)


async def refuse(_: Store) -> None:
    raise DatabaseUnreachable("here", "gone")


async def hang(_: Store) -> None:
    await asyncio.sleep(3600)


@pytest.mark.parametrize("check", [refuse, hang])
def test_a_server_with_an_unreachable_database_is_not_ready(
    client: TestClient[Any], monkeypatch: pytest.MonkeyPatch, check: Any
) -> None:
    monkeypatch.setattr(Store, "check", check)
    monkeypatch.setattr(health, "DATABASE_TIMEOUT_S", 0.05)
    assert reason(client) == "database unreachable"


async def be_full(_: Store) -> None:
    raise DatabaseFull("here", "no room")


def test_the_fault_of_the_database_is_the_reason(client: TestClient[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Store, "check", be_full)
    assert reason(client) == "database full"


def test_nothing_is_answered_that_would_be_lost_with_its_file(tmp_path: Path, engine: AsyncEngine) -> None:
    path, away = tmp_path / "sessions.db", tmp_path / "away.db"
    app: Any = stored_app(Settings(), engine, path)
    question = {"user_id": "ann", "question": "hello"}
    with TestClient(app) as client:
        assert client.post("/chat", json=question).status_code == 200
        path.rename(away)
        assert reason(client) == "database file missing"
        for body in (question, {**question, "stream": True}):
            assert client.post("/chat", json=body).status_code == 503
        assert client.post("/ask", json={"question": "hello"}).status_code == 200, "it stores nothing"
        away.rename(path)
        assert reason(client) is None
        assert client.post("/chat", json=question).status_code == 200
        (session,) = client.get("/sessions").json()["sessions"]
        assert session["num_turns"] == 2
