"""`GET /desk/events`: what happens at the desk, as it happens."""

from collections.abc import AsyncIterator

from litestar import get
from litestar.datastructures import State

from server.api.desk.access import find_desk
from server.api.desk.response import DeskEvent
from server.api.error_response import AnyRequest
from server.api.media_types import SSE
from server.api.openapi.operation import describe
from server.api.sessions.following import RETRY_MS
from server.api.sessions.routes import NoQuery
from server.api.transport import EventStream, SentEvent, read_query
from server.handover.following import FollowedDesk
from server.handover.handovers import Handovers


@get(
    "/desk/events",
    opt=describe(
        "Follow what happens at the desk, for at most ten minutes",
        query=NoQuery,
        answers={SSE: (DeskEvent,)},
        errors=(503,),
    ),
)
async def follow_desk(request: AnyRequest, state: State) -> EventStream:
    desk = find_desk(request)
    read_query(request, NoQuery)
    handovers: Handovers = state.handovers
    followed = FollowedDesk(state.store, handovers, desk.shop, handovers.watchers.hold_stream(desk.agent))
    return EventStream(request, _write_events(followed), followed)


async def _write_events(followed: FollowedDesk) -> AsyncIterator[DeskEvent | SentEvent]:
    async for state in followed.follow():
        yield DeskEvent("sessions", state.num_waiting, state.changed)
    yield SentEvent(DeskEvent("end"), retry_ms=RETRY_MS)
