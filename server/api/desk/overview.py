"""`GET /desk/me`: whose desk it is, and how much there is to do."""

from litestar import get
from litestar.datastructures import State

from server.api.desk.access import find_desk
from server.api.desk.acting import MAX_ANSWER_LENGTH, MAX_PICTURES
from server.api.desk.response import ShownDesk
from server.api.error_response import AnyRequest
from server.api.media_types import JSON
from server.api.openapi.operation import describe
from server.api.sessions.routes import NoQuery
from server.api.transport import read_query
from server.store.store import Store


@get(
    "/desk/me",
    opt=describe(
        "Show whose desk it is, and how many sessions are in each state",
        query=NoQuery,
        answers={JSON: (ShownDesk,)},
        errors=(503,),
    ),
)
async def show_desk(request: AnyRequest, state: State) -> ShownDesk:
    desk = find_desk(request)
    read_query(request, NoQuery)
    store: Store = state.store
    counts = await store.handovers.count_all(desk.shop, desk.agent)
    return ShownDesk(
        desk.agent,
        desk.account.is_operator,
        counts.waiting,
        counts.mine,
        counts.person,
        counts.closed,
        counts.newest_s,
        MAX_ANSWER_LENGTH,
        MAX_PICTURES,
    )
