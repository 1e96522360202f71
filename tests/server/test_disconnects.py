"""A client that leaves frees its sequence within one step, over a real connection."""

import json
import time
from typing import Any

import pytest

from server.engine import AsyncEngine
from server.settings import Settings
from tests.apps import stored_app
from tests.fakes import FakeChatModel
from tests.loopback import begin_post, comes_true, listening

STEP_S = 0.25
"""Against which the news of a closed connection takes no time."""

LONG = "slow " * 50
MESSAGES = [{"role": "user", "content": LONG}]
CASES: dict[str, dict[str, Any]] = {
    "/ask": {"question": LONG},
    "/chat": {"user_id": "ann", "question": LONG},
    "/v1/chat/completions": {"model": "minicpm-v", "messages": MESSAGES},
    "/api/chat": {"model": "minicpm-v", "messages": MESSAGES, "stream": False},
}


@pytest.mark.parametrize("is_stream", [False, True])
@pytest.mark.parametrize("path", CASES)
def test_at_most_the_step_under_way_is_finished(path: str, is_stream: bool) -> None:
    if is_stream and path == "/ask":
        pytest.skip("it has no streams")
    fake = FakeChatModel(delay_s=STEP_S)
    runner: Any = fake.engine.runner
    body = {**CASES[path], "stream": True} if is_stream else CASES[path]
    with listening(stored_app(Settings(), AsyncEngine(fake, {}))) as address:
        connection = begin_post(address, path, json.dumps(body).encode())
        assert comes_true(lambda: runner.num_steps == 2)
        time.sleep(STEP_S / 4)  # within the second step
        connection.close()
        assert comes_true(lambda: fake.engine.is_idle)
        assert runner.num_steps <= 3
        assert fake.engine.scheduler.pool.num_used == 0
        assert comes_true(lambda: fake.engine.stats.finish_reasons == {"abort": 1})


@pytest.mark.parametrize("path", CASES)
def test_a_body_that_never_comes_whole_is_no_fault_of_the_server(path: str, caplog: pytest.LogCaptureFixture) -> None:
    body = json.dumps(CASES[path]).encode()
    app = stored_app(Settings(), AsyncEngine(FakeChatModel(), {}))
    with listening(app) as address, caplog.at_level("INFO", logger="server"):
        connection = begin_post(address, path, body, headers={"Content-Length": str(len(body) + 1)})
        time.sleep(0.1)  # the handler is reading
        connection.close()
        assert comes_true(lambda: any(getattr(record, "status", None) == 499 for record in caplog.records))
    assert not [record for record in caplog.records if record.levelname == "ERROR"]
