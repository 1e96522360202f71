"""Every request leaves one line, and none of its content."""

from pathlib import Path
from typing import Any

import httpx
import pytest

from server.access_log import access_log
from server.app import create_app
from server.engine import AsyncEngine
from server.settings import Settings
from server.store.store import open_store
from tests.fakes import FakeChatModel

pytestmark = pytest.mark.anyio


async def send(folder: Path, method: str, path: str, **given: Any) -> int:
    async with open_store(folder / "sessions.db") as store:
        app = access_log(create_app(Settings(), AsyncEngine(FakeChatModel(), {}), store))
        transport = httpx.ASGITransport(app=app)  # type: ignore[arg-type]
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
            return (await client.request(method, path, **given)).status_code


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", "/health", 200), ("POST", "/ask", 400), ("GET", "/nothing", 404), ("GET", "/ask", 405)],
)
async def test_a_request_is_one_line(
    caplog: pytest.LogCaptureFixture, tmp_path: Path, method: str, path: str, status: int
) -> None:
    caplog.set_level("INFO", "server")
    assert await send(tmp_path, method, path) == status
    lines = [record.getMessage() for record in caplog.records if record.name == "server"]
    assert len(lines) == 1
    assert lines[0].startswith(f"{method} {path} {status} ")


async def test_no_question_reaches_the_log(caplog: pytest.LogCaptureFixture, tmp_path: Path) -> None:
    caplog.set_level("INFO")
    assert await send(tmp_path, "POST", "/ask?token=abc", json={"question": "a private matter"}) == 200
    assert "POST /ask 200" in caplog.text
    assert "private" not in caplog.text
    assert "abc" not in next(record.getMessage() for record in caplog.records if record.name == "server")


async def test_a_request_without_an_answer_is_said(caplog: pytest.LogCaptureFixture) -> None:
    async def broken(*_: Any) -> None:
        raise RuntimeError("lost")

    caplog.set_level("INFO", "server")
    scope: Any = {"type": "http", "method": "GET", "path": "/x"}
    unused: Any = None
    with pytest.raises(RuntimeError, match="lost"):
        await access_log(broken)(scope, unused, unused)
    assert "GET /x no answer" in caplog.text
