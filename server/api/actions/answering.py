"""`/actions`: the calls that a customer is asked for, and the customer's yes or no."""

from litestar import get, post
from litestar.datastructures import State
from litestar.params import FromPath

from server.api.accept_language import choose_language
from server.api.account import find_account, find_owner
from server.api.actions.response import ActionList, EndedAction, ShownAction
from server.api.error_response import AnyRequest
from server.api.media_types import JSON
from server.api.openapi.operation import STORE_ERRORS, describe
from server.api.sessions.routes import NoQuery, PageQuery
from server.api.transport import read_query
from server.store.actions import ActionFilter
from server.store.service_records import Action, ActionState
from server.store.store import Store
from server.tools.actions import Actions


class ActionQuery(PageQuery, forbid_unknown_fields=True):
    """The calls to list: those of a session, and those in a state."""

    session: str | None = None
    state: ActionState | None = None


@get(
    "/actions",
    opt=describe(
        "List the calls that change data, the newest first",
        query=ActionQuery,
        answers={JSON: (ActionList,)},
        errors=(503,),
    ),
)
async def list_actions(request: AnyRequest, state: State) -> ActionList:
    query = read_query(request, ActionQuery)
    store: Store = state.store
    wanted = ActionFilter(owner=find_owner(request), session_id=query.session, state=query.state)
    return ActionList.of(await store.actions.list_page(wanted, query.limit, query.cursor))


@get(
    "/actions/{action_id:str}",
    opt=describe("Show a call that changes data", query=NoQuery, answers={JSON: (ShownAction,)}, errors=STORE_ERRORS),
)
async def show_action(request: AnyRequest, state: State, action_id: FromPath[str]) -> ShownAction:
    read_query(request, NoQuery)
    store: Store = state.store
    return ShownAction.of(await store.actions.get(find_owner(request), action_id))


@post(
    "/actions/{action_id:str}/confirm",
    status_code=200,
    opt=describe(
        "Say yes to a call that waits for it, which runs it once",
        query=NoQuery,
        answers={JSON: (EndedAction,)},
        errors=(*STORE_ERRORS, 409),
    ),
)
async def confirm_action(request: AnyRequest, state: State, action_id: FromPath[str]) -> EndedAction:
    """The call goes on where the client has left, and the next confirmation gets its end."""
    read_query(request, NoQuery)
    actions: Actions = state.actions
    return _write_end(request, actions, await actions.confirm(find_account(request), action_id))


@post(
    "/actions/{action_id:str}/decline",
    status_code=200,
    opt=describe(
        "Say no to a call that waits for a yes",
        query=NoQuery,
        answers={JSON: (EndedAction,)},
        errors=(*STORE_ERRORS, 409),
    ),
)
async def decline_action(request: AnyRequest, state: State, action_id: FromPath[str]) -> EndedAction:
    read_query(request, NoQuery)
    actions: Actions = state.actions
    return _write_end(request, actions, await actions.decline(find_account(request), action_id))


def _write_end(request: AnyRequest, actions: Actions, action: Action) -> EndedAction:
    language = choose_language(request.headers.get("accept-language", ""), action.language)
    shown = ShownAction.of(action)
    return EndedAction(
        **{name: getattr(shown, name) for name in shown.__struct_fields__}, text=actions.describe(action, language)
    )
