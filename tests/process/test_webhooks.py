"""Webhooks outlive the process: a server that is killed before a message has gone, and after it has."""

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from server.handover.webhook import Webhooks
from server.handover.webhook_target import WebhookTarget
from server.settings.service_settings import WEBHOOK_SECRET
from server.store.service_records import SessionRef
from server.store.store import open_store
from tests.helpers.loopback import comes_true
from tests.helpers.processes import run_program, run_server
from tests.helpers.receiver import HANG, receiving

PROGRAM = ("tests.helpers.fake_server", "0")
SECRET = "a secret that is long enough"
SESSION = SessionRef("s1", "customer:1", "books", "ecommerce", "en")


async def put(data: Path, url: str) -> None:
    """Store a message as a server does that hands a session over."""
    async with open_store(data / "sessions.db") as store:
        webhooks = Webhooks(store.deliveries, WebhookTarget(url, SECRET.encode()), 5)
        await webhooks.put(webhooks.make_waiting(SESSION, "customer", 1_700_000_000.0))


def read_rows(data: Path) -> list[tuple[int, bool, bool]]:
    """Return the tries of each message, whether it has ended, and whether it was delivered."""
    with closing(sqlite3.connect(data / "sessions.db")) as connection:
        return connection.execute(
            "SELECT num_tries, ended_s IS NOT NULL, is_delivered FROM webhook_deliveries"
        ).fetchall()


def let_claims_end(data: Path) -> None:
    """Do what a minute does."""
    with closing(sqlite3.connect(data / "sessions.db")) as connection, connection:
        connection.execute("UPDATE webhook_deliveries SET next_s = next_s - 60")


def test_a_server_that_is_killed_loses_no_message_and_doubles_no_event(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(WEBHOOK_SECRET, SECRET)
    with receiving(HANG) as receiver:
        asyncio.run(put(tmp_path, receiver.url))
        flags = ("--data", str(tmp_path), "--webhook", receiver.url)
        with run_server(*flags, program=PROGRAM) as (process, _, _):
            receiver.wait_for(1)  # it has gone, and the answer is not known
            process.kill()
            process.wait()
        assert read_rows(tmp_path) == [(1, False, False)]
        let_claims_end(tmp_path)
        with run_server(*flags, program=PROGRAM) as (_, _, output):
            first, second = receiver.wait_for(2)
            assert comes_true(lambda: read_rows(tmp_path) == [(2, True, True)], 60)
        assert (first.id, first.body) == (second.id, second.body)
        assert first.is_signed(SECRET.encode())
        assert second.is_signed(SECRET.encode())
        assert SECRET not in output.whole()
        assert receiver.url not in output.whole()


def test_a_server_that_is_killed_between_claim_and_sending_sends_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(WEBHOOK_SECRET, SECRET)
    with receiving() as receiver:
        asyncio.run(put(tmp_path, receiver.url))
        asyncio.run(claim(tmp_path))  # by a server that is gone
        flags = ("--data", str(tmp_path), "--webhook", receiver.url)
        with run_server(*flags, program=PROGRAM) as (process, _, _):
            process.kill()
            process.wait()
        assert receiver.received == []  # it was another's
        let_claims_end(tmp_path)
        with run_server(*flags, program=PROGRAM):
            receiver.wait_for(1)
            assert comes_true(lambda: read_rows(tmp_path) == [(2, True, True)], 60)


async def claim(data: Path) -> None:
    async with open_store(data / "sessions.db") as store:
        assert len(await store.deliveries.claim(60, 10)) == 1


@pytest.mark.parametrize(
    ("secret", "cause"), [(None, "set the variable MINICPMV_WEBHOOK_SECRET"), ("x", "at least 24")]
)
def test_without_its_secret_a_server_does_not_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, secret: str | None, cause: str
) -> None:
    monkeypatch.delenv(WEBHOOK_SECRET, raising=False)
    if secret is not None:
        monkeypatch.setenv(WEBHOOK_SECRET, secret)
    flags = ("--port", "0", "--data", str(tmp_path), "--webhook", "https://shop.example.com/hook")
    status, written = run_program(*flags, program=PROGRAM)
    assert status == 1
    assert cause in written
    assert "Traceback" not in written
