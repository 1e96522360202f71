"""The routes under `/v1/responses`.

Reference: https://platform.openai.com/docs/api-reference/responses
"""

from typing import Annotated, Any, Literal

import msgspec
from litestar import Response, delete, get, post
from litestar.datastructures import State
from litestar.params import FromPath
from msgspec import Meta

from server.api.account import find_owner
from server.api.error_response import AnyRequest
from server.api.media_types import JSON, SSE
from server.api.openai.responses.answering import Answering
from server.api.openai.responses.history import RESPONSE_ID, read_stored
from server.api.openai.responses.listing import list_page, show_pictures
from server.api.openai.responses.preparing import begin, prepare
from server.api.openai.responses.request import ResponseRequest
from server.api.openai.responses.response import DeletedResponse, ItemList, ResponseEvent, ResponseObject
from server.api.openai.responses.turn import IMAGE_URL
from server.api.openapi.operation import CARD, MODEL_ERRORS, STORE_ERRORS, describe
from server.api.stage_options import StageOptionHeaders, write_cache_header
from server.api.transport import EventStream, read_query, run_while_connected
from server.errors import FieldRefused
from server.pipeline.pipeline import Pipeline
from server.store.errors import ResponseNotFound
from server.store.records import StoredResponse
from server.store.store import Store

EXAMPLE = {
    "model": "minicpm-v",
    "input": [
        {
            "role": "user",
            "content": [
                {"type": "input_image", "image_url": f"data:image/png;base64,{CARD}"},
                {"type": "input_text", "text": "What is this?"},
            ],
        }
    ],
    "temperature": 0,
}


class ShowQuery(msgspec.Struct):
    """`stream` is refused: only responses in the background can be streamed again. Other parameters have no effect."""

    stream: bool = False


class ItemQuery(msgspec.Struct):
    """The page of items to return: those after the item `after`. `include[]` is read from the URL itself."""

    limit: Annotated[int, Meta(ge=1, le=100)] = 20
    order: Literal["asc", "desc"] = "desc"
    after: str | None = None


@post(
    "/v1/responses",
    status_code=200,
    opt=describe(
        "Answer a dialogue, which the server may keep, as a whole or as a stream",
        body=ResponseRequest,
        headers=StageOptionHeaders,
        answers={JSON: (ResponseObject,), SSE: (ResponseEvent,)},
        errors=MODEL_ERRORS,
        example=EXAMPLE,
    ),
)
async def create_response(request: AnyRequest, state: State) -> Response[Any]:
    prepared = await prepare(request, state)
    pipeline: Pipeline = state.pipeline
    store: Store = state.store
    kept_in = None if prepared.body.store is False else store.responses
    tokenizer = pipeline.turns.engine.tokenizer
    trace = prepared.context.trace
    if prepared.body.stream:
        begins = begin(pipeline, prepared)
        has_documents = bool(prepared.context.turn.documents)
        reply = await (run_while_connected(request, begins) if has_documents else begins)
        answering = Answering(prepared, reply, tokenizer, kept_in)
        return EventStream(request, answering.write_events(request), answering, headers=write_cache_header(trace))

    async def answer() -> dict[str, Any]:
        return await Answering(prepared, await begin(pipeline, prepared), tokenizer, kept_in).read()

    whole = await run_while_connected(request, answer())
    return Response(whole, headers=write_cache_header(trace))


@get(
    "/v1/responses/{response_id:str}",
    opt=describe("Show a stored response", query=ShowQuery, answers={JSON: (ResponseObject,)}, errors=STORE_ERRORS),
)
async def show_response(request: AnyRequest, state: State, response_id: FromPath[str]) -> dict[str, Any]:
    if read_query(request, ShowQuery).stream:
        cause = "only responses in the background can be streamed again"
        raise FieldRefused("stream", cause, "只有后台运行的响应才能再次以流的形式读取")
    shown: dict[str, Any] = msgspec.json.decode((await _find(request, state, response_id)).body)
    return shown


@delete(
    "/v1/responses/{response_id:str}",
    status_code=200,
    opt=describe("Delete a stored response", answers={JSON: (DeletedResponse,)}, errors=STORE_ERRORS),
)
async def delete_response(request: AnyRequest, state: State, response_id: FromPath[str]) -> DeletedResponse:
    store: Store = state.store
    await store.responses.delete(find_owner(request), _parse_id(response_id))
    return {"id": response_id, "object": "response", "deleted": True}


@get(
    "/v1/responses/{response_id:str}/input_items",
    opt=describe(
        "List the items that the request of a stored response brought",
        query=ItemQuery,
        answers={JSON: (ItemList,)},
        errors=STORE_ERRORS,
    ),
)
async def list_input_items(request: AnyRequest, state: State, response_id: FromPath[str]) -> ItemList:
    query = read_query(request, ItemQuery)
    response = await _find(request, state, response_id)
    page = list_page(read_stored(response).input, query.limit, query.order, query.after)
    included = {value for name in ("include", "include[]") for value in request.query_params.getall(name, [])}
    store: Store = state.store
    source = (store.responses, find_owner(request), response.id) if IMAGE_URL in included else None
    return await show_pictures(page, source)


@post("/v1/responses/{response_id:str}/cancel", status_code=200)
async def cancel_response(request: AnyRequest, state: State, response_id: FromPath[str]) -> None:
    """Refuse to cancel a response. So the route is not in the OpenAPI document: it has no successful answer."""
    await _find(request, state, response_id)
    cause = "only responses in the background can be cancelled; close the connection of one that is being answered"
    raise FieldRefused("response_id", cause, "只有后台运行的响应才能取消；要停止正在生成的响应，请断开连接")


async def _find(request: AnyRequest, state: State, response_id: str) -> StoredResponse:
    """Return a response of the owner. Raises `ResponseNotFound`."""
    store: Store = state.store
    return await store.responses.get(find_owner(request), _parse_id(response_id))


def _parse_id(response_id: str) -> str:
    match = RESPONSE_ID.fullmatch(response_id)
    if match is None:
        raise ResponseNotFound(response_id)
    return match[1]


RESPONSE_ROUTES = (create_response, show_response, delete_response, list_input_items, cancel_response)
