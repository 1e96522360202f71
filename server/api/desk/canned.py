"""`/desk/canned`: the texts that people at a shop's desk use again."""

from typing import Annotated

import msgspec
from litestar import delete, get, post, put
from litestar.datastructures import State
from litestar.params import FromPath
from msgspec import Meta

from server.api.desk.access import find_desk
from server.api.desk.response import CannedList, ShownCanned
from server.api.error_response import AnyRequest
from server.api.media_types import JSON
from server.api.openapi.operation import STORE_ERRORS, describe
from server.api.sessions.routes import LINE, NoQuery
from server.api.text import refuse_blank
from server.api.transport import read_body, read_query
from server.store.store import Store

MAX_CANNED = 500
"""How many canned answers a shop may have."""


class CannedBody(msgspec.Struct):
    """A canned answer; titles are unique in a shop."""

    title: Annotated[str, Meta(max_length=200, pattern=LINE)]
    text: Annotated[str, Meta(min_length=1, max_length=8000)]

    def __post_init__(self) -> None:
        refuse_blank("title", self.title)
        refuse_blank("text", self.text)


@get(
    "/desk/canned",
    opt=describe("List the canned answers of the shop", query=NoQuery, answers={JSON: (CannedList,)}, errors=(503,)),
)
async def list_canned(request: AnyRequest, state: State) -> CannedList:
    desk = find_desk(request)
    read_query(request, NoQuery)
    store: Store = state.store
    return CannedList([ShownCanned.of(answer) for answer in await store.handovers.list_canned(desk.own_shop)])


@post(
    "/desk/canned",
    status_code=201,
    opt=describe(
        "Add a canned answer",
        body=CannedBody,
        answers={JSON: (ShownCanned,)},
        errors=(413, 503),
        example={"title": "Thanks", "text": "Thank you for your patience."},
    ),
)
async def add_canned(request: AnyRequest, state: State) -> ShownCanned:
    desk = find_desk(request)
    body = await read_body(request, CannedBody)
    store: Store = state.store
    return ShownCanned.of(await store.handovers.add_canned(desk.own_shop, body.title, body.text, MAX_CANNED))


@put(
    "/desk/canned/{answer_id:str}",
    opt=describe(
        "Give a canned answer another title and text",
        body=CannedBody,
        answers={JSON: (ShownCanned,)},
        errors=STORE_ERRORS,
        example={"title": "Waiting", "text": "Thank you for waiting."},
    ),
)
async def replace_canned(request: AnyRequest, state: State, answer_id: FromPath[str]) -> ShownCanned:
    desk = find_desk(request)
    body = await read_body(request, CannedBody)
    store: Store = state.store
    return ShownCanned.of(await store.handovers.replace_canned(desk.own_shop, answer_id, body.title, body.text))


@delete("/desk/canned/{answer_id:str}", opt=describe("Delete a canned answer", query=NoQuery, errors=STORE_ERRORS))
async def delete_canned(request: AnyRequest, state: State, answer_id: FromPath[str]) -> None:
    desk = find_desk(request)
    read_query(request, NoQuery)
    store: Store = state.store
    await store.handovers.delete_canned(desk.own_shop, answer_id)
