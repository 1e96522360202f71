"""The stage that answers from documents: it puts what is found of them before the question, and cites the answer."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import msgspec

from server.engine.token_stream import Usage
from server.errors import FieldRefused
from server.errors.documents import DocumentRefused, DocumentUnread
from server.library.asking.choosing import Chooser, NotFound, Prompted, describe_passages
from server.library.asking.citations import Citer
from server.library.asking.cited_reply import CitedReply
from server.library.asking.inquiry import Inquiry
from server.library.asking.map_requests import MapRequests
from server.library.asking.sources import Sources
from server.library.asking.whole_reply import WholeReply
from server.library.asking.wordings import NOT_FOUND, write_unread
from server.library.readers.records import Refusal
from server.library.remarks import REFUSALS, write_refusal
from server.library.tables.document_answers import DocumentAnswer
from server.pipeline.account_model import AccountModel
from server.pipeline.stage import CallNext, TurnContext, join_text
from server.settings.library_settings import LibrarySettings
from server.store.library_records import LibraryDocument
from server.turn.reply import FixedReply, Reply, ReplyDelta
from server.turn.turn import Turn
from server.turn.turns import Turns


class DocumentsStage:
    """Answers turns that have documents from these, and passes on all others as they are.

    Of documents that are still being read, an answer waits for the end, or says what it does not know yet.
    """

    name = "documents"

    def __init__(self, sources: Sources, turns: Turns, settings: LibrarySettings) -> None:
        self._sources = sources
        self._turns = turns
        self._max_wait_s = settings.max_document_wait_s
        self._waits = settings.unread_documents == "wait"
        self._chooser = Chooser(sources, turns, settings.document_percent)

    async def handle(self, context: TurnContext, call_next: CallNext) -> Reply:
        if not context.turn.documents:
            return await call_next(context)
        check(context.turn)
        documents = await self._wait(context.turn)
        if context.turn.is_bound_to_documents:
            _refuse_failed(documents)
        turn = replace(context.turn, documents=tuple(each.id for each in documents if each.state != "failed"))
        if not turn.documents:
            return await call_next(context)
        questions = [join_text(message) for message in turn.messages if message.role == "user"]
        last_words = write_unread(documents, context.language)
        answering = _Answering(context.with_turn(turn), call_next, last_words, [])
        computed = await self._compute(context, turn, documents, questions[-1])
        if computed is not None:
            return answering.show(computed)
        choice = await self._chooser.choose(turn, questions, context.language)
        match choice:
            case Prompted():
                return await answering.cite(choice)
            case Inquiry():
                return answering.inquire(choice, self._turns)
            case NotFound():
                return answering.refuse()
        context.trace.note(self.name, mode="none", passages=[])
        return await call_next(context)

    async def _compute(
        self, context: TurnContext, turn: Turn, documents: Sequence[LibraryDocument], question: str
    ) -> DocumentAnswer | None:
        """Return the answer to a question that asks for a sum or the like of a table; None for others."""
        is_text = turn.schema is None and not turn.tools and not turn.must_call
        if self._sources.tables is None or not is_text or turn.num_images:
            return None
        read = [document for document in documents if document.state != "failed"]
        model = AccountModel(self._turns, context.account)
        return await self._sources.tables.answer(read, question, context.language, model)

    async def _wait(self, turn: Turn) -> list[LibraryDocument]:
        """Return the documents of a turn, read to their ends if answers wait for that. Raises `DocumentUnread`."""
        timeout_s = self._max_wait_s if self._waits else 0
        documents = await self._sources.documents.wait_until_read(turn.owner, turn.documents, timeout_s)
        unread = next((each for each in documents if each.state == "reading"), None)
        if unread is not None and self._waits:
            raise DocumentUnread(unread.name, unread.num_pages_read, timeout_s)
        return documents


@dataclass(frozen=True)
class _Answering:
    """One turn that is answered from documents. `citations` are in its trace, and grow with the answer."""

    context: TurnContext
    call_next: CallNext
    last_words: str
    citations: list[dict[str, Any]]

    async def cite(self, prompted: Prompted) -> Reply:
        """Answer with passages in the prompt."""
        self._note("find" if prompted.hits else "whole", describe_passages(prompted.passages, prompted.hits))
        citer = Citer(prompted.passages)
        await asyncio.to_thread(citer.index_passages)
        reply = await self.call_next(self.context.with_turn(prompted.turn))
        turn = prompted.turn
        is_json = turn.schema is not None or bool(turn.must_call)
        return CitedReply(reply, citer, self.citations, is_json, self.last_words)

    def inquire(self, inquiry: Inquiry, turns: Turns) -> Reply:
        """Answer from all segments."""
        self._note("all", [])
        requests = MapRequests(turns)

        async def begin_final(turn: Turn) -> Reply:
            final = self.context.with_turn(turn)
            return await requests.wait_for_room(lambda: self.call_next(final), turn.owner)

        return WholeReply(inquiry, requests, begin_final, self.citations, self.last_words)

    def show(self, computed: DocumentAnswer) -> Reply:
        """Answer with what was computed from a table."""
        self._note("table", [])
        self.citations.extend(computed.citations)
        return self._reply_with(computed.text)

    def refuse(self) -> Reply:
        """Say that nothing was found, without the model."""
        self._note("find", [])
        return self._reply_with(NOT_FOUND[self.context.language])

    def _reply_with(self, answer: str) -> Reply:
        text = "\n\n".join(filter(None, (answer, self.last_words)))
        count = self.context.turn.options.get("n", 1)
        return FixedReply([ReplyDelta(i, text, finish_reason="stop") for i in range(count)], Usage(0, 0, 0))

    def _note(self, mode: str, passages: list[dict[str, Any]]) -> None:
        unread = {"unread": self.last_words} if self.last_words else {}
        self.context.trace.note(DocumentsStage.name, mode=mode, passages=passages, citations=self.citations, **unread)


def _refuse_failed(documents: Sequence[LibraryDocument]) -> None:
    """Raise `DocumentRefused` with what kept the first from being read that failed."""
    for document in documents:
        if document.error is not None:
            refusal = msgspec.convert(document.error, Refusal)
            raise DocumentRefused(refusal.code, write_refusal(refusal), REFUSALS[refusal.code].status)


def check(turn: Turn) -> None:
    """Raise `FieldRefused` for a turn that cannot be answered from documents."""
    if turn.is_raw:
        raise FieldRefused("raw", "nothing is added to a raw prompt, so documents cannot be", "原样提示不能附带文档")
    if turn.question is None:
        raise FieldRefused("messages", "documents need a question of the user", "针对文档的请求需要一条 user 消息")
