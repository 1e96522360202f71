"""`GET /export`: the owner's rated turns as data for fine-tuning."""

import asyncio
from typing import IO, Literal

import msgspec
from litestar import get
from litestar.datastructures import State
from litestar.response import Stream

from server.api.account import find_owner
from server.api.error_response import AnyRequest
from server.api.file_response import respond_with_file
from server.api.openapi.operation import BINARY, describe
from server.api.sessions.finetune_export import Archive, list_pictures
from server.api.transport import read_query
from server.store.records import Thumb
from server.store.store import Store

HEADERS = {"Content-Disposition": 'attachment; filename="turns.zip"'}


class TurnsQuery(msgspec.Struct, forbid_unknown_fields=True):
    thumb: Literal["up", "down", "any"] = "up"


@get(
    "/export",
    opt=describe("Export rated turns", query=TurnsQuery, answers={"application/zip": BINARY}, errors=(503,)),
)
async def export_rated_turns(request: AnyRequest, state: State) -> Stream:
    query = read_query(request, TurnsQuery)
    thumbs: set[Thumb] = {"up", "down"} if query.thumb == "any" else {query.thumb}
    return await respond_with_file(
        lambda file: _write_turns(file, state.store, find_owner(request), thumbs), "application/zip", HEADERS
    )


async def _write_turns(file: IO[bytes], store: Store, owner: str, thumbs: set[Thumb]) -> None:
    archive = Archive(file)
    for session in await store.list_rated_sessions(owner, thumbs):
        turns = await store.list_turns(owner, session.id)
        pictures = await store.load_pictures(owner, session.id, {ref.sha256 for ref in list_pictures(turns)})
        await asyncio.to_thread(archive.add, session, turns, pictures, thumbs)
    await asyncio.to_thread(archive.close)
