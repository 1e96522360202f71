"""A response while it is answered: the events that tell of it, and what is stored of it.

Reference: https://platform.openai.com/docs/api-reference/responses-streaming
"""

import asyncio
import logging
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any

import msgspec

from model.pictures.base64_text import decode_base64
from model.tokenizer import Tokenizer
from server.api.error_response import AnyRequest, translate_error, write_error_body
from server.api.logprobs import write_logprobs
from server.api.openai.responses.annotations import write_annotations
from server.api.openai.responses.history import StoredItems
from server.api.openai.responses.items import STORED_PICTURE, write_item_id, write_items
from server.api.openai.responses.output import Event, Output
from server.api.openai.responses.preparing import PreparedRequest
from server.api.openai.responses.response import Status, write_failure, write_head, write_usage
from server.api.stage_options import write_trace
from server.api.transport import NamedEvent
from server.store.errors import StoreError
from server.store.records import StoredPicture, StoredResponse
from server.store.response_store import ResponseStore
from server.turn.pictures import PlannedPicture
from server.turn.reply import Ending, Reply

logger = logging.getLogger("server")

REASONS = {"length": "max_output_tokens", "content_filter": "content_filter"}
"""Why an answer is incomplete, by how it ended."""


class Answering:
    """A response that is being answered. It must be closed, read or not.

    The whole response is stored before its last event. Of one that is closed early, what was read is stored, if there
    is any. Nothing is stored without a `store`.
    """

    def __init__(
        self, prepared: PreparedRequest, reply: Reply, tokenizer: Tokenizer, store: ResponseStore | None
    ) -> None:
        pictures = prepared.pictures
        self._prepared = prepared
        self._reply = reply
        self._store = store
        self._input = write_items(
            prepared.items, prepared.id, lambda image: STORED_PICTURE + pictures[id(image)].sha256
        )
        self._output = Output(
            lambda kind, index: write_item_id(kind, prepared.id, len(self._input) + index),
            lambda logprobs: write_logprobs(tokenizer, logprobs),
            lambda text: write_annotations(text, prepared.context.trace.findings.citations),
        )
        self._head = write_head(prepared.body, prepared.id, prepared.created_s)
        self._ending: Ending | None = None
        self._saving: asyncio.Task[StoreError | None] | None = None
        self._is_closed = False

    async def read(self) -> dict[str, Any]:
        """Return the whole response. Raises what ended the turn early, and `StoreError` if it cannot be stored."""
        async with aclosing(self._run()) as events:
            async for _ in events:
                pass
        return self._write_traced()

    async def write_events(self, request: AnyRequest) -> AsyncGenerator[NamedEvent]:
        """Yield the events of a stream, numbered; the last is `response.completed`, `.incomplete` or `.failed`."""
        number = 0
        async with aclosing(self._run_to_end(request)) as events:
            async for event in events:
                yield NamedEvent(event["type"], {**event, "sequence_number": number})
                number += 1

    async def _run_to_end(self, request: AnyRequest) -> AsyncGenerator[Event]:
        yield {"type": "response.created", "response": self._head}
        yield {"type": "response.in_progress", "response": self._head}
        try:
            async with aclosing(self._run()) as events:
                async for event in events:
                    yield event
            response = self._write_traced()
        except Exception as error:
            known = translate_error(request, error)
            text = write_error_body(request, known)["error"]["message"]
            response = {**self._write("failed"), "error": write_failure(known, text)}
        yield {"type": f"response.{response['status']}", "response": response}

    async def _run(self) -> AsyncGenerator[Event]:
        """Read the reply, store the response, and yield what tells of its items."""
        try:
            async for delta in self._reply:
                self._ending = delta.finish_reason or self._ending
                for event in self._output.add(delta):
                    yield event
            for event in self._output.finish(self._ending not in REASONS):
                yield event
            self._reply.close()
            if (error := await self._save(self._write(self._status))) is not None:
                raise error
        except BaseException as error:
            self.close(error)
            raise
        self._is_closed = True

    @property
    def _status(self) -> Status:
        return "incomplete" if self._ending in REASONS else "completed"

    def _write(self, status: Status) -> dict[str, Any]:
        """Return the response object as it is now."""
        reason = REASONS.get(self._ending or "")
        details = None if reason is None or status != "incomplete" else {"reason": reason}
        now = {"output": list(self._output.items), "usage": write_usage(self._reply)}
        trace = self._prepared.context.trace
        cited = {"citations": list(trace.findings.citations)} if trace.has_sources else {}
        return {**self._head, "status": status, "incomplete_details": details, **now, **cited}

    def _write_traced(self) -> dict[str, Any]:
        return {**self._write(self._status), **write_trace(self._prepared.context)}

    def close(self, error: BaseException | None = None) -> None:
        """Free the reply. Closing twice, or after the end, is allowed."""
        if self._is_closed:
            return
        self._is_closed = True
        self._reply.close()
        if self._saving is None and self._output.items:
            is_over = self._ending is not None
            self._output.finish(is_over and self._ending not in REASONS)
            early: Status = "failed" if isinstance(error, Exception) else "cancelled"
            self._start_saving(self._write(self._status if is_over else early))

    async def _save(self, response: dict[str, Any]) -> StoreError | None:
        self._start_saving(response)
        return None if self._saving is None else await asyncio.shield(self._saving)

    def _start_saving(self, response: dict[str, Any]) -> None:
        if self._store is not None:
            self._saving = self._store.database.start(self._store_response(self._store, response))

    async def _store_response(self, store: ResponseStore, response: dict[str, Any]) -> StoreError | None:
        """Store the response with the pictures of its request, and return the error if it cannot be."""
        previous_id = self._prepared.body.previous_response_id
        items = StoredItems(self._input, self._output.write_plain_items(), self._ending == "content_filter")
        record = StoredResponse(
            self._prepared.id,
            previous_id and previous_id.removeprefix("resp_"),
            msgspec.json.encode(items),
            msgspec.json.encode(response),
        )
        try:
            shown = [await _load_picture(picture) for picture in self._prepared.pictures.values()]
            await store.save(self._prepared.context.owner, record, shown)
        except StoreError as error:
            logger.warning("a response was not stored: %s", error)
            return error
        return None


async def _load_picture(picture: PlannedPicture) -> StoredPicture:
    """Return a picture of a request as the store takes it."""
    source = picture.source.source
    if isinstance(source, bytes):
        return await asyncio.to_thread(StoredPicture.from_bytes, source, picture.header.media_type)
    if isinstance(source, str):  # in a thread: a large picture takes tens of milliseconds
        data = await asyncio.to_thread(decode_base64, source)
    else:
        data = await source.load()
    return await asyncio.to_thread(StoredPicture.from_bytes, data, picture.header.media_type)
