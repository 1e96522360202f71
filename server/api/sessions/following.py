"""`GET /sessions/{id}/events`: who answers a session, and a person's words, as they come."""

from collections.abc import AsyncIterator
from typing import Annotated, Any, Literal

import msgspec
from litestar import get
from litestar.datastructures import State
from litestar.params import FromPath
from msgspec import Meta

from server.api.account import find_account
from server.api.error_response import AnyRequest
from server.api.media_types import SSE
from server.api.openapi.operation import STORE_ERRORS, describe
from server.api.sessions.handover import ShownState, guess_language
from server.api.sessions.response import StoredTurn as ShownTurn
from server.api.transport import EventStream, SentEvent, read_query
from server.errors.base import Language
from server.handover.following import FollowedSession, SessionState
from server.handover.handovers import Handovers
from server.store.history import turn_to_json
from server.store.store import Store

RETRY_MS = 2000
"""How long a client waits before it opens the next stream."""


class FollowQuery(msgspec.Struct, forbid_unknown_fields=True):
    """`after` is the last turn that the client has; the header `Last-Event-ID` goes before it."""

    after: Annotated[str, Meta(max_length=64)] | None = None


class SessionEvent(msgspec.Struct, omit_defaults=True):
    """What has happened in a session: who answers it now, a person's turn, or the `end` of the stream."""

    type: Literal["handover", "turn", "end"]
    handover: ShownState | None = None
    turn: ShownTurn | None = None


@get(
    "/sessions/{session_id:str}/events",
    opt=describe(
        "Follow who answers a session, and a person's words, for at most ten minutes",
        query=FollowQuery,
        answers={SSE: (SessionEvent,)},
        errors=STORE_ERRORS,
    ),
)
async def follow_session(request: AnyRequest, state: State, session_id: FromPath[str]) -> EventStream:
    query = read_query(request, FollowQuery)
    account = find_account(request)
    store: Store = state.store
    session = await store.get_session(account.owner, session_id)
    language = await guess_language(store, session)
    last = request.headers.get("last-event-id") or query.after
    position = await store.handovers.find_position(session_id, last)
    handovers: Handovers = state.handovers
    max_own = None if account.customer is None else state.max_streams_per_customer
    slot = handovers.watchers.hold_stream(account.owner, max_own)
    followed = FollowedSession(store, handovers, account.owner, session_id, slot)
    return EventStream(request, _write_events(followed, position, language), followed)


async def _write_events(
    followed: FollowedSession, position: int, language: Language
) -> AsyncIterator[SessionEvent | SentEvent]:
    async for found in followed.follow(position):
        if isinstance(found, SessionState):
            told = language if found.handover is None else found.handover.language
            yield SessionEvent("handover", ShownState.of(found.handover, found.position, told))
        else:
            turn: Any = turn_to_json(found)
            yield SentEvent(SessionEvent("turn", turn=turn), found.id)
    yield SentEvent(SessionEvent("end"), retry_ms=RETRY_MS)
