"""`/playground/runs`: the routes to save, list, open and delete runs of the playground.

A run may be opened by anyone who has its id (and a key, if the server has keys), so that a link to it can be shared.
"""

from typing import Any

from litestar import Response, delete, get, post
from litestar.datastructures import State
from litestar.params import FromPath
from msgspec import Raw, Struct, json

from server.api.account import find_owner
from server.api.body_errors import write_body_error
from server.api.error_response import AnyRequest
from server.api.media_types import JSON
from server.api.openapi.operation import STORE_ERRORS, describe
from server.api.sessions.routes import NoQuery, PageQuery, Title
from server.api.text import refuse_blank
from server.api.transport import read_body, read_query
from server.errors import FieldRefused, RunTooBig
from server.store.records import Run
from server.store.store import Store

MAX_RUN_BYTES = 8 * 2**20


class RunBody(Struct, forbid_unknown_fields=True):
    """A run to save. `run` is any object, which is returned as it was sent."""

    title: Title
    run: dict[str, Any]


class SentRun(Struct, forbid_unknown_fields=True):
    """A `RunBody` as it is read: the run stays text, because parsing a large one takes long."""

    title: Title
    run: Raw

    def __post_init__(self) -> None:
        refuse_blank("title", self.title)


class ListedRun(Struct):
    """A saved run in a list. `created_s` is in Unix seconds."""

    id: str
    title: str
    created_s: float

    @classmethod
    def of(cls, run: Run) -> "ListedRun":
        return cls(run.id, run.title, run.created_s)


class RunPage(Struct):
    """A page of a list. `next_cursor` asks for the page after it and is null on the last."""

    runs: list[ListedRun]
    next_cursor: str | None


class ShownRun(ListedRun):
    """A saved run with its content."""

    run: dict[str, Any]


@post(
    "/playground/runs",
    opt=describe(
        "Save a run of the playground",
        body=RunBody,
        answers={JSON: (ListedRun,)},
        errors=(503,),
        example={"title": "Two temperatures", "run": {"sets": [{"temperature": 0}, {"temperature": 1}]}},
    ),
)
async def save_run(request: AnyRequest, state: State) -> ListedRun:
    sent = await read_body(request, SentRun, max_values=MAX_RUN_BYTES)
    body = bytes(sent.run)
    _check_run(body)
    store: Store = state.store
    return ListedRun.of(await store.save_run(find_owner(request), sent.title, body, state.max_runs))


def _check_run(body: bytes) -> None:
    """Check what decoding to `Raw` does not. Raises `RunTooBig`, `BadBody` and `FieldRefused`."""
    if len(body) > MAX_RUN_BYTES:
        raise RunTooBig(len(body), MAX_RUN_BYTES)
    if body[:1] != b"{":
        raise FieldRefused("run", "it must be an object", "必须是一个对象")
    try:
        body.decode()
    except UnicodeDecodeError as error:
        raise write_body_error(error) from error


@get(
    "/playground/runs",
    opt=describe("List your saved runs, the newest first", query=PageQuery, answers={JSON: (RunPage,)}, errors=(503,)),
)
async def list_runs(request: AnyRequest, state: State) -> RunPage:
    query = read_query(request, PageQuery)
    store: Store = state.store
    page = await store.list_runs(find_owner(request), query.limit, query.cursor)
    return RunPage([ListedRun.of(run) for run in page.runs], page.next_cursor)


@get(
    "/playground/runs/{run_id:str}",
    opt=describe("Show a saved run", query=NoQuery, answers={JSON: (ShownRun,)}, errors=STORE_ERRORS),
)
async def show_run(request: AnyRequest, state: State, run_id: FromPath[str]) -> Response[bytes]:
    read_query(request, NoQuery)
    store: Store = state.store
    run, body = await store.get_run(run_id)
    shown = {"id": run.id, "title": run.title, "created_s": run.created_s, "run": Raw(body)}
    return Response(json.encode(shown), media_type=JSON)


@delete("/playground/runs/{run_id:str}", opt=describe("Delete your saved run", query=NoQuery, errors=STORE_ERRORS))
async def delete_run(request: AnyRequest, state: State, run_id: FromPath[str]) -> None:
    read_query(request, NoQuery)
    store: Store = state.store
    await store.delete_run(find_owner(request), run_id)


ROUTES = (save_run, list_runs, show_run, delete_run)
