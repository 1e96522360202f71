"""The audit of calls that change nothing: who asked for which call, and with which result."""

import logging
from collections.abc import Mapping
from typing import Any, Protocol

import msgspec

from server.pipeline.stage import TurnContext
from server.store.errors import DatabaseError
from server.store.service_records import NewAuditEntry
from server.tools.actions import name_asker
from server.tools.result import ToolResult

MAX_KEPT_BYTES = 4096
"""The largest result that is kept, in bytes of JSON: of larger ones only how the call ended."""

logger = logging.getLogger("server")


class AuditLog(Protocol):
    """Where entries are added."""

    async def note(self, entry: NewAuditEntry) -> None:
        """Add an entry. Raises `DatabaseUnreachable`."""


async def audit_call(
    log: AuditLog, context: TurnContext, tool: str, arguments: Mapping[str, Any], result: ToolResult
) -> None:
    """Add a call that changed nothing; where the database does not answer, that is only logged."""
    account = context.account
    entry = NewAuditEntry(
        shop=account.shop,
        owner=account.owner,
        tool=tool,
        event="called",
        by=name_asker(account),
        session_id=context.session_id,
        arguments=arguments,
        result=_shorten(result),
    )
    try:
        await log.note(entry)
    except DatabaseError as error:
        logger.warning("a call of the tool %s is not in the audit log: %s", tool, error)


def _shorten(result: ToolResult) -> dict[str, Any]:
    """Return how a call ended, with what it gave where that is small."""
    ended = {"state": result.state, "error": result.error}
    is_small = len(msgspec.json.encode(result.data)) <= MAX_KEPT_BYTES
    return {**ended, "data": result.data} if is_small else ended
