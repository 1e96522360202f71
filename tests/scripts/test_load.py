"""A short load run over the fake, and what it calls a fault."""

import asyncio
import itertools
import json
from typing import Any

import pytest

from scripts.load import growth, main, run
from scripts.traffic.process import Served
from server.engine import AsyncEngine
from server.settings import Settings
from tests.apps import stored_app
from tests.fakes import FakeChatModel
from tests.loopback import listening

WISHES = {"X-Profile": "ecommerce"}


def measured(model: FakeChatModel, settings: Settings) -> dict[str, Any]:
    with listening(stored_app(settings, AsyncEngine(model, {}))) as (host, port):
        return asyncio.run(
            run(
                Served(f"http://{host}:{port}", None),
                num_clients=4,
                duration_s=2,
                seed=1,
                wishes={"X-Profile": "ecommerce"},
            )
        )


def test_nothing_is_lost() -> None:
    found = measured(FakeChatModel(), Settings())
    assert found["faults"] == []
    *kinds, everything = found["rows"]
    assert {row["kind"] for row in kinds} == {"text", "picture", "chat", "openai", "ollama"}
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

    found = measured(Broken(), Settings())
    assert any("500, not 200" in fault for fault in found["faults"])


@pytest.mark.parametrize(
    ("memory_mb", "is_fault"),
    [([100, 200, 201], False), ([100, 200, 229], False), ([100, 200, 231], True), ([None, None, None], False)],
)
def test_memory_may_grow_until_half_time(memory_mb: list[float | None], is_fault: bool) -> None:
    assert bool(growth(memory_mb)) == is_fault


def test_the_last_line_is_json_and_a_server_that_is_there_can_be_named(capsys: pytest.CaptureFixture[str]) -> None:
    with listening(stored_app(Settings(), AsyncEngine(FakeChatModel(), {}))) as (host, port):
        status = main(["--url", f"http://{host}:{port}", "--clients", "2", "--seconds", "1"])
    assert status == 0
    *_, last = capsys.readouterr().out.splitlines()
    assert json.loads(last)["faults"] == []


@pytest.mark.parametrize("flags", [["--clients", "0"], ["--clients", "9999"], ["--seconds", "0"]])
def test_sizes_are_bounded(flags: list[str]) -> None:
    with pytest.raises(SystemExit):
        main(flags)
