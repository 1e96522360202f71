"""Documents within the messages of a request: they go into the library, and the turn is answered from them.

Clients send a file again with every turn of their dialogue; the same file is stored and read only once.
"""

import asyncio
from contextlib import suppress
from dataclasses import replace

from model.errors import ImageError
from model.pictures.base64_text import decode_base64
from server.api.error_response import AnyRequest
from server.api.transport import run_while_connected
from server.errors import FieldRefused
from server.keys.account import Account
from server.library.files import make_file
from server.library.library import Library
from server.pipeline.pipeline import Pipeline
from server.pipeline.stage import TurnContext
from server.store.errors import DocumentNotFound
from server.turn.attached_file import AttachedFile, DocumentLabel, answer_from_labels
from server.turn.reply import Reply
from server.turn.turn import Turn


async def attach_while_connected(
    request: AnyRequest, turn: Turn, account: Account, pipeline: Pipeline, library: Library
) -> Turn:
    """Do as `attach_files()`, until the client leaves."""
    if not any(isinstance(part, AttachedFile) for message in turn.messages for part in message.parts):
        return turn
    return await run_while_connected(request, attach_files(turn, account, pipeline, library))


async def attach_files(turn: Turn, account: Account, pipeline: Pipeline, library: Library) -> Turn:
    """Return a turn whose files are in the library, and which is answered from them.

    What is refused for other reasons is refused before anything is stored. Raises as `add_file()`.
    """
    files = [part for message in turn.messages for part in message.parts if isinstance(part, AttachedFile)]
    if not files:
        return turn
    pipeline.turns.engine.check_room(account.owner)
    account.check_rate()
    labels = {id(file): await add_file(library, account.owner, file) for file in files}
    messages = (
        replace(message, parts=tuple(labels.get(id(part), part) for part in message.parts)) for message in turn.messages
    )
    return answer_from_labels(replace(turn, messages=tuple(messages)))


async def add_file(library: Library, owner: str, attached: AttachedFile) -> DocumentLabel:
    """Store a file among those of an owner that came within requests, unless it is there; return its label.

    Raises as `Library.add()`, and `FieldRefused` for what is no base64.
    """
    data = attached.data
    try:
        content = await asyncio.to_thread(decode_base64, data) if isinstance(data, str) else data
    except ImageError as error:
        raise FieldRefused("file_data", "it is no base64 of a file", "不是文件的 base64 编码") from error
    collection = await library.store.open_named_collection(owner)
    with make_file() as file:
        await asyncio.to_thread(file.write, content)
        await asyncio.to_thread(file.seek, 0)
        document = await library.add(owner, collection, attached.name, file)
    return DocumentLabel(document.name, document.id)


async def drop_lost(turn: Turn, owner: str, library: Library) -> Turn:
    """Return a turn without those of its documents that are not there any more: they are kept for a while only."""
    kept: list[str] = []
    for document_id in turn.documents:
        with suppress(DocumentNotFound):
            kept.append((await library.store.get_document(owner, document_id)).id)
    return replace(turn, documents=tuple(kept))


async def begin_while_connected(request: AnyRequest, pipeline: Pipeline, context: TurnContext) -> Reply:
    """Admit a turn. One that waits for its documents to be read ends with its client."""
    if not context.turn.documents:
        return await pipeline.begin(context)
    return await run_while_connected(request, pipeline.begin(context))
