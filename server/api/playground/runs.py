"""Saved runs of the playground: `/playground/runs`, to save, list, open and delete them.

Whoever has a run's id, and a key where there are keys, may open it: that is how a link is shared.
"""

from typing import Any

from litestar import Response, delete, get, post
from litestar.datastructures import State
from litestar.params import FromPath
from msgspec import Raw, Struct, json

from server.api.account import owner_of
from server.api.error_response import AnyRequest
from server.api.media_types import JSON
from server.api.openapi.operation import READING, described
from server.api.sessions.routes import NoQuery, PageQuery, Title
from server.api.transport import read_body, read_query
from server.errors import BadBody, FieldRefused, RunTooBig
from server.store.records import Run
from server.store.store import Store

MAX_RUN_BYTES = 8 * 2**20


class RunBody(Struct, forbid_unknown_fields=True):
    """For the OpenAPI document: `run` is whatever the page wants to have back."""

    title: Title
    run: dict[str, Any]


class SentRun(Struct, forbid_unknown_fields=True):
    """The same as it is read, with the run as it was written: a large one would take long to take apart."""

    title: Title
    run: Raw


class ListedRun(Struct):
    """Times are Unix seconds, as of sessions."""

    id: str
    title: str
    created_s: float

    @classmethod
    def of(cls, run: Run) -> "ListedRun":
        return cls(run.id, run.title, run.created_s)


class RunPage(Struct):
    """`next_cursor` asks for the page after this one; None after the last."""

    runs: list[ListedRun]
    next_cursor: str | None


class ShownRun(ListedRun):
    run: dict[str, Any]


@post(
    "/playground/runs",
    opt=described(
        "Save a run of the playground",
        body=RunBody,
        answers={JSON: (ListedRun,)},
        refuses=(503,),
        example={"title": "Two temperatures", "run": {"sets": [{"temperature": 0}, {"temperature": 1}]}},
    ),
)
async def save_run(request: AnyRequest, state: State) -> ListedRun:
    sent = await read_body(request, SentRun)
    body = bytes(sent.run)
    _check(body)
    store: Store = state.store
    return ListedRun.of(await store.save_run(owner_of(request), sent.title, body, state.max_runs))


def _check(body: bytes) -> None:
    """What reading a `Raw` leaves open. Raises `RunTooBig`, `BadBody` and `FieldRefused`."""
    if len(body) > MAX_RUN_BYTES:
        raise RunTooBig(len(body), MAX_RUN_BYTES)
    if body[:1] != b"{":
        raise FieldRefused("run", "it must be an object")
    try:
        body.decode()
    except UnicodeDecodeError as error:
        raise BadBody(error) from error


@get(
    "/playground/runs",
    opt=described("List one's saved runs, newest first", query=PageQuery, answers={JSON: (RunPage,)}, refuses=(503,)),
)
async def list_runs(request: AnyRequest, state: State) -> RunPage:
    query = read_query(request, PageQuery)
    store: Store = state.store
    page = await store.list_runs(owner_of(request), query.limit, query.cursor)
    return RunPage([ListedRun.of(run) for run in page.runs], page.next_cursor)


@get(
    "/playground/runs/{run_id:str}",
    opt=described("Open a saved run, whoever's", query=NoQuery, answers={JSON: (ShownRun,)}, refuses=READING),
)
async def show_run(request: AnyRequest, state: State, run_id: FromPath[str]) -> Response[bytes]:
    read_query(request, NoQuery)
    store: Store = state.store
    run, body = await store.run(run_id)
    told = {"id": run.id, "title": run.title, "created_s": run.created_s, "run": Raw(body)}
    return Response(json.encode(told), media_type=JSON)


@delete("/playground/runs/{run_id:str}", opt=described("Delete a run of one's own", query=NoQuery, refuses=READING))
async def delete_run(request: AnyRequest, state: State, run_id: FromPath[str]) -> None:
    read_query(request, NoQuery)
    store: Store = state.store
    await store.delete_run(owner_of(request), run_id)


ROUTES = (save_run, list_runs, show_run, delete_run)
