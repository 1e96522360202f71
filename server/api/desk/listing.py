"""`GET /desk/sessions`: the sessions that people at the desk answer, and their dialogues."""

from typing import Literal

from litestar import Response, get
from litestar.datastructures import State
from litestar.params import FromPath

from server.api.actions.response import ShownAction
from server.api.desk.access import find_desk, find_session
from server.api.desk.response import DeskDialogue, DeskSessionList, ShownDeskSession, ShownHandoverEvent
from server.api.error_response import AnyRequest
from server.api.media_types import JSON
from server.api.openapi.operation import BINARY, STORE_ERRORS, describe
from server.api.sessions.routes import PICTURE_HEADERS, NoQuery, PageQuery
from server.api.transport import read_query
from server.store.actions import ActionFilter
from server.store.service_records import HandoverState
from server.store.store import Store

MAX_ACTIONS = 50
"""How many calls of a session are shown with it."""


class DeskQuery(PageQuery, forbid_unknown_fields=True):
    """Which sessions to list: those that wait, that the person has, that anybody has, or that were closed."""

    state: Literal["waiting", "mine", "person", "closed"] = "waiting"


@get(
    "/desk/sessions",
    opt=describe(
        "List the sessions of the desk; those that wait, the longest waiting first",
        query=DeskQuery,
        answers={JSON: (DeskSessionList,)},
        errors=(503,),
    ),
)
async def list_desk_sessions(request: AnyRequest, state: State) -> DeskSessionList:
    desk = find_desk(request)
    query = read_query(request, DeskQuery)
    store: Store = state.store
    wanted: HandoverState = "person" if query.state == "mine" else query.state
    agent = desk.agent if query.state == "mine" else None
    page = await store.handovers.list_sessions(desk.shop, wanted, agent, query.limit, query.cursor)
    return DeskSessionList([ShownDeskSession.of(session) for session in page.sessions], page.next_cursor)


@get(
    "/desk/sessions/{session_id:str}",
    opt=describe("Show a session of the desk", query=NoQuery, answers={JSON: (DeskDialogue,)}, errors=STORE_ERRORS),
)
async def show_desk_session(request: AnyRequest, state: State, session_id: FromPath[str]) -> DeskDialogue:
    desk = find_desk(request)
    read_query(request, NoQuery)
    store: Store = state.store
    found = await find_session(store, desk, session_id)
    dialogue = await store.export_session(found.handover.owner, session_id)
    events = await store.handovers.list_events(session_id)
    calls = await store.actions.list_page(ActionFilter(session_id=session_id), MAX_ACTIONS)
    return DeskDialogue(
        ShownDeskSession.of(found),
        found.handover.summary,
        dialogue["turns"],
        [ShownHandoverEvent.of(event) for event in events],
        [ShownAction.of(action) for action in calls.actions],
        dict(found.claims),
    )


@get(
    "/desk/sessions/{session_id:str}/pictures/{sha256:str}",
    opt=describe(
        "Show a picture of a session of the desk", query=NoQuery, answers={"image/*": BINARY}, errors=STORE_ERRORS
    ),
)
async def show_desk_picture(
    request: AnyRequest, state: State, session_id: FromPath[str], sha256: FromPath[str]
) -> Response[bytes]:
    desk = find_desk(request)
    read_query(request, NoQuery)
    store: Store = state.store
    found = await find_session(store, desk, session_id)
    picture = (await store.load_pictures(found.handover.owner, session_id, [sha256]))[sha256]
    return Response(picture.data, media_type=picture.mime, headers=PICTURE_HEADERS)
