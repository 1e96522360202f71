"""The stage that answers from the knowledge base: it puts what is found there before the question, and cites it."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from server.engine.token_stream import Usage
from server.knowledge.found import Asked, FaqMatch, Found
from server.knowledge.knowledge import Knowledge
from server.knowledge.sources import Shown, choose_shown, describe_facts, describe_hits, put_sources
from server.knowledge.standalone import is_asked
from server.knowledge.visual import is_about_picture
from server.library.asking.budget import find_budget
from server.library.asking.citations import Citer
from server.library.asking.cited_reply import CitedReply
from server.library.asking.sources import Documents
from server.matching.questions import normalize_question
from server.pipeline.dialogue_texts import DialogueTexts, Pictured
from server.pipeline.picture_names import PictureNamer
from server.pipeline.stage import CallNext, TurnContext
from server.settings.settings import Settings
from server.store.errors import DatabaseError
from server.store.store import Store
from server.turn.reply import FixedReply, Reply, ReplyDelta, ReplyWrapper
from server.turn.turn import Turn
from server.turn.turns import Turns

logger = logging.getLogger("server")


class KnowledgeStage:
    """Answers turns from the collections of their profile.

    Where the database does not answer, the turn is refused as one with documents is: an answer without sources would
    be made up.
    """

    name = "knowledge"

    def __init__(
        self, knowledge: Knowledge, documents: Documents, turns: Turns, store: Store, settings: Settings
    ) -> None:
        self._knowledge = knowledge
        self._documents = documents
        self._turns = turns
        self._store = store
        self._percent = settings.document_percent
        self._max_unanswered = settings.max_unanswered
        self._namer = PictureNamer(turns)

    async def handle(self, context: TurnContext, call_next: CallNext) -> Reply:
        if not _is_answered_here(context):
            return await call_next(context)
        context = context.with_turn(await self._turns.plan(context.turn))
        dialogue = DialogueTexts.of(context.turn)
        asked, names = await self._write_asked(context, dialogue)
        found = await self._knowledge.find(context.profile.collections, asked)
        answering = _Answering(context, call_next, found, names, [])
        if (faq := find_verbatim(found, context.turn)) is not None:
            return await answering.answer_verbatim(faq)
        if found.is_empty:
            return await self._answer_without(answering, dialogue)
        engine = self._turns.engine
        budget = await find_budget(context.turn, engine, self._turns.limits, self._percent)
        shown = await choose_shown(found, budget, engine.tokenizer)
        if not shown.passages:
            return await answering.ask_plainly()
        turn = await put_sources(context.turn, shown, self._documents, budget.num_slices, context.language)
        return await answering.cite(turn, shown)

    async def _write_asked(self, context: TurnContext, dialogue: DialogueTexts) -> tuple[Asked, list[str]]:
        """Return what is asked, and what the model says that the pictures show which the question is about."""
        asked, pictured = dialogue.write_asked(), dialogue.find_pictured()
        if not pictured or not context.profile.names_pictures or not is_asked(asked.question):
            return asked, []
        if await self._is_named(context, asked, dialogue, pictured):
            return asked, []
        names = [
            (each.place, name)
            for each in pictured
            for name in await self._namer.name(each.pictures, context.language, context.account)
            if name
        ]
        return dialogue.write_asked(names), [name for _, name in names]

    async def _is_named(
        self, context: TurnContext, asked: Asked, dialogue: DialogueTexts, pictured: Sequence[Pictured]
    ) -> bool:
        """Whether the question names what it is about, or what was said since the pictures does."""
        mentions = await self._knowledge.find_mentions(context.profile.collections, asked)
        if any(mention.origin == "question" and mention.kind in ("product", "variant") for mention in mentions):
            return True
        since = "\n".join(dialogue.list_since(pictured[-1].place)).casefold()
        return len(pictured) == 1 == len(pictured[0].pictures) and any(
            mention.origin == "dialogue" and mention.kind in ("product", "variant") and mention.text.casefold() in since
            for mention in mentions
        )

    async def _answer_without(self, answering: "_Answering", dialogue: DialogueTexts) -> Reply:
        """Answer a question that found nothing: with the profile's sentence, or by the model alone."""
        context = answering.context
        has_pictures = bool(dialogue.find_pictured())
        if not is_asked(dialogue.question) or (has_pictures and is_about_picture(dialogue.question)):
            return await answering.ask_plainly()
        keeps = context.profile.keeps_unanswered
        if keeps and not context.tools:
            await self._keep(context.profile_name, dialogue.question)
        if context.profile.not_found is None or not takes_fixed_text(context.turn):
            reply = await answering.ask_plainly()
        elif not context.tools:
            reply = answering.say_not_found(context.profile.not_found[context.language])
        else:
            reply = await answering.ask_tools(context.profile.not_found[context.language])
        if not keeps or not context.tools:
            return reply
        return UncalledReply(reply, context, lambda: self._keep(context.profile_name, dialogue.question))

    async def _keep(self, profile: str, question: str) -> None:
        """Keep a question for the operator; a database error is only logged."""
        try:
            await self._store.knowledge.note_unanswered(profile, normalize_question(question), self._max_unanswered)
        except DatabaseError as error:
            logger.warning("a question that found nothing was not kept: %s", error)


class UncalledReply(ReplyWrapper):
    """A reply at whose end `keep` is run, if no business tool was called for it: then nothing has answered."""

    def __init__(self, inner: Reply, context: TurnContext, keep: Callable[[], Awaitable[None]]) -> None:
        super().__init__(inner)
        self._context = context
        self._keep = keep

    async def __anext__(self) -> ReplyDelta:
        try:
            return await super().__anext__()
        except StopAsyncIteration:
            if "calls" not in self._context.trace.get("tools"):
                await self._keep()
            raise


@dataclass(frozen=True)
class _Answering:
    """One turn and what was found for it. `citations` are in its trace, and grow with the answer."""

    context: TurnContext
    call_next: CallNext
    found: Found
    names: list[str]
    citations: list[dict[str, Any]]

    async def cite(self, turn: Turn, shown: Shown) -> Reply:
        """Answer with sources in the prompt."""
        self._note("find", describe_hits(shown.hits), describe_facts(shown))
        citer = Citer(shown.passages)
        await asyncio.to_thread(citer.index_passages)
        return CitedReply(await self.call_next(self.context.with_turn(turn)), citer, self.citations, _is_json(turn))

    async def answer_verbatim(self, faq: FaqMatch) -> Reply:
        """Answer word for word, without the model."""
        hits = [hit for hit in self.found.hits if hit.passage.id == faq.passage.id]
        self._note("verbatim", describe_hits(hits), [])
        citer = Citer([faq.passage])
        self.citations.append(citer.cite_passage(faq.passage, faq.entry.faq.answer).to_dict())
        return self._reply_with(faq.entry.faq.answer)

    def say_not_found(self, sentence: str) -> Reply:
        """Say that nothing was found, without the model."""
        self._note("not_found", [], [])
        return self._reply_with(sentence)

    async def ask_tools(self, sentence: str) -> Reply:
        """Leave the question to the business tools; where none of them is called, `sentence` is the answer."""
        self._note("none", [], [])
        return await self.call_next(replace(self.context, not_found=sentence))

    async def ask_plainly(self) -> Reply:
        """Have the model answer by itself: nothing is cited, and marks that it writes itself are taken out."""
        self._note("none", [], [])
        reply = await self.call_next(self.context)
        return CitedReply(reply, Citer(()), self.citations, _is_json(self.context.turn))

    def _reply_with(self, text: str) -> Reply:
        count = self.context.turn.options.get("n", 1)
        return FixedReply([ReplyDelta(i, text, finish_reason="stop") for i in range(count)], Usage(0, 0, 0))

    def _note(self, mode: str, passages: list[dict[str, Any]], facts: list[dict[str, Any]]) -> None:
        found = self.found
        self.context.trace.note(
            KnowledgeStage.name,
            mode=mode,
            query=found.query,
            mentions=[
                {"key": each.key, "kind": each.kind, "name": each.name, "text": each.text, "origin": each.origin}
                for each in found.mentions
            ],
            pictured=self.names,
            passages=passages,
            facts=facts,
            faq=None if found.faq is None else _describe_faq(found.faq),
            missing=list(found.missing),
            citations=self.citations,
        )


def _is_answered_here(context: TurnContext) -> bool:
    """Whether a turn asks anything, of a profile with collections, and is not answered from documents of its own."""
    turn = context.turn
    if turn.is_raw or turn.question is None or not context.profile.collections:
        return False
    return bool(context.trace.get("documents").get("mode", "none") == "none")


def takes_fixed_text(turn: Turn) -> bool:
    """Whether the answer may be text that code writes: it must be no JSON, no call of a tool, and begin anew."""
    return not turn.tools and turn.constraint is None and turn.continued is None


def find_verbatim(found: Found, turn: Turn) -> FaqMatch | None:
    """Return the entry that answers word for word: a certain one, for a question that no picture is a part of."""
    faq = found.faq
    if faq is None or not faq.is_certain or not faq.entry.faq.is_verbatim or not takes_fixed_text(turn):
        return None
    question = turn.question
    has_picture = question is not None and any(not isinstance(part, str) for part in question.parts)
    return None if has_picture and any(mention.origin == "picture" for mention in found.mentions) else faq


def _is_json(turn: Turn) -> bool:
    return turn.schema is not None or bool(turn.must_call)


def _describe_faq(faq: FaqMatch) -> dict[str, Any]:
    entry = faq.entry.faq
    return {
        "question": entry.question,
        "score": faq.score,
        "margin": faq.margin,
        "certain": faq.is_certain,
        "verbatim": entry.is_verbatim,
        "document": faq.passage.document_id,
        "passage": faq.passage.id,
    }
