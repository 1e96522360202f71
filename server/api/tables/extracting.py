"""`POST /tables`: the tables of a document or a picture; and `GET /tables/{id}`."""

import asyncio
from typing import Annotated

import msgspec
from litestar import Response, get, post
from litestar.datastructures import State
from litestar.params import FromPath
from msgspec import Meta

from server.api.account import find_account, find_owner
from server.api.error_response import AnyRequest
from server.api.media_types import JSON
from server.api.openapi.operation import CARD, MODEL_ERRORS, STORE_ERRORS, describe
from server.api.tables.pages import read_pages
from server.api.tables.response import ShownTable, TableFormat, TableList, show_table
from server.api.transport import read_body, read_query, run_while_connected
from server.api.unknown_fields import Fields
from server.errors import FieldRefused, MissingFields
from server.keys.account import Account
from server.library.tables.extraction import DocumentTables
from server.library.tables.finished import get_finished
from server.library.tables.listing import StoredTable, list_tables
from server.library.tables.picture_tables import read_picture_tables
from server.pipeline.account_model import AccountModel
from server.pipeline.pipeline import Pipeline
from server.store.library_records import LibraryDocument
from server.store.store import Store
from server.turn.pictures import PictureSource

MAX_PDF_PAGES = 200
"""The most pages of a PDF that are looked through for one request."""

MAX_SCANS = 20
"""The most pages that the model reads for one request."""


class TablesBody(Fields):
    """Where the tables are: in a document, whose `pages` are like `1-3,7` or a list; or in a picture in base64."""

    document: str | None = None
    image: Annotated[str, Meta(min_length=1)] | None = None
    pages: str | Annotated[list[int], Meta(max_length=2000)] | None = None
    format: TableFormat | None = None


class TableQuery(msgspec.Struct, forbid_unknown_fields=True):
    format: TableFormat = "json"


@post(
    "/tables",
    status_code=200,
    opt=describe(
        "Extract the tables of a document or a picture",
        body=TablesBody,
        answers={JSON: (TableList,)},
        errors=MODEL_ERRORS,
        example={"image": CARD, "format": "markdown"},
    ),
)
async def extract_tables(request: AnyRequest, state: State) -> Response[bytes]:
    body = await read_body(request, TablesBody)
    if (body.document is None) == (body.image is None):
        raise MissingFields("document") if body.document is None else _refuse_both()
    if body.image is not None and body.pages is not None:
        raise FieldRefused("pages", "a picture has none", "图片没有页码")
    answer = await run_while_connected(request, _extract(state, find_account(request), body))
    return Response(await asyncio.to_thread(msgspec.json.encode, answer), media_type=JSON)


def _refuse_both() -> FieldRefused:
    return FieldRefused("image", "the tables are those of the document already", "已指定 document")


async def _extract(state: State, account: Account, body: TablesBody) -> TableList:
    if body.document is not None:
        found, is_whole = await _extract_document(state, account, body.document, body.pages)
    else:
        found, is_whole = await _extract_picture(state, account, body.image or ""), True
    store: Store = state.store
    bodies = await asyncio.to_thread(lambda: [stored.encode() for stored in found])
    ids = await store.extractions.save(account.owner, bodies, body.document)
    given = body.format or "json"
    return await asyncio.to_thread(
        lambda: TableList([show_table(*each, given) for each in zip(ids, found, strict=True)], not is_whole)
    )


async def _extract_document(
    state: State, account: Account, document_id: str, pages: str | list[int] | None
) -> tuple[list[StoredTable], bool]:
    document = await get_finished(state.library, account.owner, document_id, state.max_document_wait_s)
    numbers = read_pages(pages, document.num_pages_read)
    if document.kind == "pdf" and len(numbers) > MAX_PDF_PAGES:
        raise _too_many(MAX_PDF_PAGES)
    tables: DocumentTables = state.tables
    model = await _open_model(state, account, tables, document, numbers)
    return await list_tables(tables, document, numbers, model)


async def _open_model(
    state: State, account: Account, tables: DocumentTables, document: LibraryDocument, numbers: list[int]
) -> AccountModel | None:
    """Return the model where there are scanned pages for it to read. Raises what the account's limits say."""
    num_scans = len(await tables.list_scans(document, numbers))
    if num_scans > MAX_SCANS:
        raise _too_many(MAX_SCANS)
    return await open_model(state, account) if num_scans else None


async def open_model(state: State, account: Account) -> AccountModel:
    """Return the model for an account that may ask it now."""
    pipeline: Pipeline = state.pipeline
    pipeline.turns.engine.check_room(account.owner)
    account.check_rate()
    await account.check_quota()
    return AccountModel(pipeline.turns, account)


def _too_many(limit: int) -> FieldRefused:
    return FieldRefused(
        "pages",
        f"at most {limit} such pages are looked through at once: name some, such as 1-{limit}",
        f"一次最多处理 {limit} 页，请指定页码，例如 1-{limit}",
    )


async def _extract_picture(state: State, account: Account, image: str) -> list[StoredTable]:
    model = await open_model(state, account)
    return [StoredTable(table) for table in await read_picture_tables(PictureSource(image), model)]


@get(
    "/tables/{table_id:str}",
    opt=describe("Show a table", query=TableQuery, answers={JSON: (ShownTable,)}, errors=STORE_ERRORS),
)
async def show_table_again(request: AnyRequest, state: State, table_id: FromPath[str]) -> Response[bytes]:
    query = read_query(request, TableQuery)
    stored = await load_table(state, find_owner(request), table_id)
    shown = await asyncio.to_thread(lambda: msgspec.json.encode(show_table(table_id, stored, query.format)))
    return Response(shown, media_type=JSON)


async def load_table(state: State, owner: str, table_id: str) -> StoredTable:
    """Return a stored table. Raises `TableNotFound`."""
    store: Store = state.store
    return await asyncio.to_thread(StoredTable.decode, await store.extractions.get(owner, table_id))
