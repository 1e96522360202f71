"""A server killed by `kill -9` in the middle of a hundred turns."""

import json
import threading
import time

import pytest

from server.store.records import StoredPicture
from server.store.store import LEASE_S, Store, open_store
from tests.helpers.forking import ForkedProcess
from tests.helpers.store_turns import ask, count_rows

pytestmark = pytest.mark.anyio

NUM_HALF = 10
NUM_ANSWERED = 60
"""How many turns have an answer before the kill; a hundred are under way then."""
TIMEOUT_S = 300


def kill_while_answering(url: str) -> list[dict[str, str]]:
    """Return what the process had reported when it was killed."""
    process = ForkedProcess(("tests.helpers.answering_process", url))
    watchdog = threading.Timer(TIMEOUT_S, process.kill)
    watchdog.start()
    assert process.stdout is not None
    with process.stdout as output:
        lines: list[str] = []
        num_half = 0
        while num_half < NUM_HALF or len(lines) < NUM_HALF + NUM_ANSWERED:
            lines.append(output.readline())
            assert lines[-1], "the process ended by itself"
            num_half += "half" in lines[-1]
        process.kill()
        lines += output.readlines()
    watchdog.cancel()
    process.wait()
    return [json.loads(line) for line in lines if line.startswith("{") and line.endswith("\n")]


async def check_turns(store: Store, facts: dict[str, str]) -> None:
    """Check that a turn reported as answered is stored whole, and one reported as half answered is aborted."""
    turns = {turn.id: turn for turn in await store.list_turns("ann", facts["session"])}
    if "half" in facts:
        turn = turns[facts["half"]]
        assert (turn.answer, turn.finish_reason) == ("half an", "abort")
        return
    turn, text = turns[facts["answered"]], facts["text"]
    picture = StoredPicture.from_bytes(text.encode(), "image/png")
    assert (turn.answer, turn.finish_reason) == (f"an answer to {text}", "stop")
    assert turn.messages[0].parts == (picture.ref, text)
    assert await store.load_pictures("ann", facts["session"], [picture.sha256]) == {picture.sha256: picture}


async def test_no_answered_turn_is_lost_and_the_store_opens_cleanly(url: str) -> None:
    reports = kill_while_answering(url)
    assert sum("answered" in facts for facts in reports) >= NUM_ANSWERED
    async with open_store(url, clock=lambda: time.time() + LEASE_S + 1) as store:
        for facts in reports:
            await check_turns(store, facts)
        assert await count_rows(store, "turns WHERE finish_reason IS NULL") == 0
        assert await count_rows(store, "turns WHERE finish_reason = 'abort'") >= NUM_HALF
        assert await count_rows(store, "turns") == await count_rows(store, "messages"), (
            "a turn is there without its question"
        )
        if url.startswith("sqlite"):
            rows = await store.database.read(lambda c: c.exec_driver_sql("PRAGMA integrity_check"))
            assert rows.scalars().all() == ["ok"]
        session = await store.get_session("ann", reports[0]["session"])
        await ask(store, session, "and now?")
