"""`GET /export`: the owner's rated turns, to fine-tune on."""

import asyncio
from typing import IO, Literal

import msgspec
from litestar import get
from litestar.datastructures import State
from litestar.response import Stream

from server.api.account import owner_of
from server.api.error_response import AnyRequest
from server.api.file_response import file_of
from server.api.openapi.operation import BINARY, described
from server.api.sessions.finetune_export import Archive, refs_of
from server.api.transport import read_query
from server.store.records import Thumb
from server.store.store import Store

HEADERS = {"Content-Disposition": 'attachment; filename="turns.zip"'}


class TurnsQuery(msgspec.Struct, forbid_unknown_fields=True):
    thumb: Literal["up", "down", "any"] = "up"


@get(
    "/export",
    opt=described("Export rated turns", query=TurnsQuery, answers={"application/zip": BINARY}, refuses=(503,)),
)
async def export_rated_turns(request: AnyRequest, state: State) -> Stream:
    query = read_query(request, TurnsQuery)
    thumbs: set[Thumb] = {"up", "down"} if query.thumb == "any" else {query.thumb}
    return await file_of(lambda file: _write(file, state.store, owner_of(request), thumbs), "application/zip", HEADERS)


async def _write(file: IO[bytes], store: Store, owner: str, thumbs: set[Thumb]) -> None:
    archive = Archive(file)
    for session in await store.rated(owner, thumbs):
        turns = await store.turns(owner, session.id)
        pictures = await store.pictures(owner, session.id, {ref.sha256 for ref in refs_of(turns)})
        await asyncio.to_thread(archive.add, session, turns, pictures, thumbs)
    await asyncio.to_thread(archive.close)
