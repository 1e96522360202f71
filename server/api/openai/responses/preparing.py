"""A request for a response, brought into the form that the pipeline takes."""

import secrets
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from litestar.datastructures import State

from model.errors import CacheTooSmall, PromptTooLong, SchemaError
from server.api.account import find_account
from server.api.attachments import add_file, drop_lost
from server.api.error_response import AnyRequest
from server.api.model_names import ModelNames
from server.api.openai.responses.history import History
from server.api.openai.responses.items import list_files, list_images, read_items
from server.api.openai.responses.messages import MessageReader, read_source
from server.api.openai.responses.request import InputItem, ResponseRequest
from server.api.openai.responses.turn import build_turn, check_supported, list_without_effect
from server.api.stage_options import read_stage_options
from server.api.transport import read_body, run_while_connected
from server.api.turn_options import limit_new_tokens, note_idle_keywords
from server.api.unknown_fields import note_ignored
from server.dialogue.history import num_turns_over_images
from server.errors import InputTooLong, SchemaRefused
from server.keys.account import Account
from server.library.library import Library
from server.pipeline.pipeline import Pipeline
from server.pipeline.stage import TurnContext
from server.store.store import Store
from server.turn.attached_file import UNNAMED, AttachedFile, answer_from_labels
from server.turn.pictures import PictureSource, PlannedPicture
from server.turn.reply import Reply
from server.turn.turn import Turn, TurnMessage
from server.turn.turns import Turns

TRUNCATED = "auto"


@dataclass(frozen=True)
class PreparedRequest:
    """A request that was checked: `items` are those that it brings, and `pictures` theirs by the `id` of the part.

    `id` is the response's without its prefix.
    """

    body: ResponseRequest
    items: Sequence[InputItem]
    pictures: Mapping[int, PlannedPicture]
    context: TurnContext
    id: str = field(default_factory=lambda: secrets.token_hex(16))
    created_s: int = field(default_factory=lambda: int(time.time()))


async def prepare(request: AnyRequest, state: State) -> PreparedRequest:
    """Read and check a request, with the dialogue that it goes on with. Raises `ServerError` and `InputError`."""
    body = await read_body(request, ResponseRequest)
    names: ModelNames = state.names
    names.check(body.model)
    check_supported(body)
    items = read_items(body.input)
    note_ignored(request, *list_without_effect(body))
    account = find_account(request)
    pipeline: Pipeline = state.pipeline
    store: Store = state.store
    pipeline.turns.engine.check_room(account.owner)
    account.check_rate()
    history = History(store.responses, account.owner)
    library: Library = state.library
    await run_while_connected(request, _store_files(library, account.owner, items))
    items, stored = await history.resolve(items)
    pictures = await _plan_pictures(pipeline.turns, account, items, stored)
    limits = pipeline.turns.limits
    reader = MessageReader()
    for earlier, find_picture in await history.load(body.previous_response_id, limits.max_inp_length):
        reader.add(earlier, find_picture)
    reader.add(items, lambda image: pictures[id(image)])
    turn = limit_new_tokens(request, build_turn(body, reader.messages), limits.max_new_tokens, "max_output_tokens")
    turn = await drop_lost(answer_from_labels(turn), account.owner, library)
    note_idle_keywords(request, turn, "text.format.schema", "tools[].parameters")
    context = pipeline.build_context(turn, account, read_stage_options(request))
    return PreparedRequest(body, items, pictures, context)


async def _store_files(library: Library, owner: str, items: Sequence[InputItem]) -> None:
    """Put the documents of items into the library, where the items name them from then on."""
    for file in list_files(items):
        label = await add_file(library, owner, AttachedFile(file.filename or UNNAMED, file.file_data or ""))
        file.file_id, file.file_data = label.document_id, None


async def _plan_pictures(
    turns: Turns, account: Account, items: Sequence[InputItem], stored: Mapping[int, PictureSource | PlannedPicture]
) -> dict[int, PlannedPicture]:
    """Return the pictures of items by the `id` of the part, fetched if need be, and their headers read."""
    images = list(list_images(items))
    if not images:
        return {}
    sources = tuple(stored.get(id(image)) or read_source(image) for image in images)
    planned = await turns.plan(Turn((TurnMessage("user", sources),), owner=account.owner))
    return {id(image): picture for image, picture in zip(images, planned.planned_pictures, strict=True)}


async def begin(pipeline: Pipeline, prepared: PreparedRequest) -> Reply:
    """Admit the turn, and return its reply. With `truncation: auto` the oldest turns leave where not all fit."""
    with _naming_fields():
        if prepared.body.truncation != TRUNCATED:
            return await pipeline.begin(prepared.context)
        turn = prepared.context.turn
        num_over = num_turns_over_images(turn.messages, pipeline.turns.limits.max_images)
        return await pipeline.begin_truncated(prepared.context.with_turn(turn.without_oldest(num_over)))


@contextmanager
def _naming_fields() -> Iterator[None]:
    """Raise errors of the model with the status and the field that they have in this API."""
    try:
        yield
    except (PromptTooLong, CacheTooSmall) as error:
        raise InputTooLong(error) from error
    except SchemaError as error:
        refused = SchemaRefused(error)
        refused.param = "tools" if error.tool else "text.format"
        raise refused from error
