"""A short load run over the fake, and what it reports as an error."""

import asyncio
import itertools
import json
from collections.abc import Callable
from typing import Any

import pytest

from scripts import load
from scripts.load import describe_growth, main, run
from scripts.traffic import client
from scripts.traffic.process import Served
from server.engine.async_engine import AsyncEngine
from server.settings.settings import Settings
from tests.helpers.apps import stored_app
from tests.helpers.fakes import FakeChatModel
from tests.helpers.loopback import serve_on_loopback

KINDS = {"text", "picture", "chat", "openai", "ollama"}
DURATIONS_S = (1, 3, 10, 60)
"""The next where the machine is so busy that too little was asked in the one before."""


@pytest.fixture(autouse=True)
def short_run(monkeypatch: pytest.MonkeyPatch) -> None:
    """Send more wrong requests, so that a short run has some, and wait less: the fake notices at once who has left."""
    monkeypatch.setattr(client, "WRONG_SHARE", 0.25)
    monkeypatch.setattr(load, "SETTLE_S", 1)


def measured(model: FakeChatModel, is_enough: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    with serve_on_loopback(stored_app(Settings(), AsyncEngine(model, {}))) as (host, port):
        served = Served(f"http://{host}:{port}", None)
        for duration_s in DURATIONS_S:
            found = asyncio.run(run(served, 4, duration_s, seed=1, headers={"X-Profile": "ecommerce"}))
            if is_enough(found):
                break
    return found


def test_nothing_is_lost() -> None:
    def is_enough(found: dict[str, Any]) -> bool:
        endings = found["rows"][-1]["endings"]
        return len(found["rows"]) > len(KINDS) and endings.get("answered", 0) > 0 and endings.get("refused", 0) > 0

    found = measured(FakeChatModel(), is_enough)
    assert found["faults"] == []
    *kinds, everything = found["rows"]
    assert {row["kind"] for row in kinds} == KINDS
    assert everything["num_requests"] == sum(row["num_requests"] for row in kinds)
    assert everything["endings"]["answered"] > 0
    assert everything["endings"]["refused"] > 0
    assert found["stored"]["turns"] > 0
    assert found["memory_mb"] == [None] * 3


def test_an_internal_error_is_a_fault() -> None:
    count = itertools.count()

    class Broken(FakeChatModel):
        def prepare(self, msgs: Any, **given: Any) -> Any:
            if next(count) % 3 == 2:
                raise RuntimeError("a fault")
            return super().prepare(msgs, **given)

    def has_failed(found: dict[str, Any]) -> bool:
        return any("500, not 200" in fault for fault in found["faults"])

    assert has_failed(measured(Broken(), has_failed))


def test_what_is_stored_late_is_not_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    found = iter([["it is lost"], []])

    async def compare_sessions(*_: Any) -> tuple[list[str], dict[str, int]]:
        return next(found), dict.fromkeys(("sessions", "turns", "aborted", "tokens"), 0)

    monkeypatch.setattr(load, "compare_sessions", compare_sessions)
    monkeypatch.setattr(load, "SETTLE_S", 0)
    with serve_on_loopback(stored_app(Settings(), AsyncEngine(FakeChatModel(), {}))) as (host, port):
        measured = asyncio.run(run(Served(f"http://{host}:{port}", None), 1, 0.1, seed=1, headers={}))
    assert measured["faults"] == []


@pytest.mark.parametrize(
    ("memory_mb", "is_fault"),
    [([100, 200, 201], False), ([100, 200, 229], False), ([100, 200, 231], True), ([None, None, None], False)],
)
def test_memory_may_grow_until_half_time(memory_mb: list[float | None], is_fault: bool) -> None:
    assert bool(describe_growth(memory_mb)) == is_fault


def test_the_last_line_is_json_and_a_server_that_is_there_can_be_named(capsys: pytest.CaptureFixture[str]) -> None:
    with serve_on_loopback(stored_app(Settings(), AsyncEngine(FakeChatModel(), {}))) as (host, port):
        status = main(["--url", f"http://{host}:{port}", "--clients", "2", "--seconds", "1"])
    assert status == 0
    *_, last = capsys.readouterr().out.splitlines()
    assert json.loads(last)["faults"] == []


@pytest.mark.parametrize("flags", [["--clients", "0"], ["--clients", "9999"], ["--seconds", "0"]])
def test_sizes_are_bounded(flags: list[str]) -> None:
    with pytest.raises(SystemExit):
        main(flags)
