"""The audit of calls that change nothing."""

import logging

import pytest

from server.pipeline.tool_audit import MAX_KEPT_BYTES, audit_call
from server.store.errors import DatabaseUnreachable
from server.store.service_records import NewAuditEntry
from server.tools.result import ToolResult
from tests.helpers.tool_stages import make_context

pytestmark = pytest.mark.anyio


class KeptLog:
    def __init__(self, error: Exception | None = None) -> None:
        self.entries: list[NewAuditEntry] = []
        self.error = error

    async def note(self, entry: NewAuditEntry) -> None:
        if self.error is not None:
            raise self.error
        self.entries.append(entry)


async def test_who_asked_what_and_with_which_result() -> None:
    log, context = KeptLog(), make_context("where is it?", session_id="s")
    await audit_call(log, context, "get_order", {"order": "A1"}, ToolResult("done", {"state": "shipped"}))
    (entry,) = log.entries
    assert (entry.tool, entry.event, entry.session_id) == ("get_order", "called", "s")
    assert (entry.owner, entry.shop) == (context.account.owner, context.account.shop)
    assert entry.by == context.account.owner
    assert entry.arguments == {"order": "A1"}
    assert entry.result == {"state": "done", "error": None, "data": {"state": "shipped"}}


async def test_of_a_large_result_its_end_is_kept() -> None:
    log = KeptLog()
    await audit_call(log, make_context("?"), "get_order", {}, ToolResult("done", "x" * MAX_KEPT_BYTES))
    assert log.entries[0].result == {"state": "done", "error": None}


async def test_a_database_that_does_not_answer_ends_no_turn(caplog: pytest.LogCaptureFixture) -> None:
    log = KeptLog(DatabaseUnreachable("it is gone", OSError("gone")))
    with caplog.at_level(logging.WARNING):
        await audit_call(log, make_context("?"), "get_order", {}, ToolResult("failed", error="no"))
    assert "get_order is not in the audit log" in caplog.text
