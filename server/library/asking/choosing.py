"""How a turn is answered from its documents: with all of them, with what is found, or segment by segment."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from server.errors.base import Language
from server.errors.documents import DocumentTooLong
from server.library.asking.budget import Budget, find_budget
from server.library.asking.citations import Citer
from server.library.asking.content_tokens import is_chinese
from server.library.asking.extreme_inquiry import ExtremeInquiry
from server.library.asking.find import find_passages, is_small_talk, mentions_documents, write_query
from server.library.asking.inquiry import SEGMENT_TOKENS, Asked, Inquiry
from server.library.asking.list_inquiry import ListInquiry
from server.library.asking.mention_inquiry import MentionInquiry
from server.library.asking.mode import Whole, find_mentioned, find_whole
from server.library.asking.prompt import join_neighbours, put_before_question, write_excerpts
from server.library.asking.sources import Sources, load_passages
from server.library.asking.summary_inquiry import SummaryInquiry
from server.library.asking.whole import load_if_fitting
from server.library.ranking import Hit
from server.store.library_records import Passage
from server.turn.turn import Turn
from server.turn.turns import Turns

MAX_CHARACTERS = 20_000_000
"""The most characters of documents that are read whole for one question."""

SHOWN_CHARACTERS = 200
"""How much of each passage is in a trace."""


@dataclass(frozen=True)
class Prompted:
    """A turn with passages before its question. `hits` are those of the passages that were searched for, by id."""

    turn: Turn
    passages: Sequence[Passage]
    hits: Mapping[int, Hit]


@dataclass(frozen=True)
class NotFound:
    """The documents say nothing of what is asked."""


@dataclass(frozen=True)
class Unrelated:
    """The question is about something else than the documents."""


Choice = Prompted | Inquiry | NotFound | Unrelated


class Chooser:
    """Chooses how turns are answered from documents, of which passages may take `percent` of a prompt."""

    def __init__(self, sources: Sources, turns: Turns, percent: int) -> None:
        self._sources = sources
        self._turns = turns
        self._percent = percent

    async def choose(self, turn: Turn, questions: Sequence[str], language: Language) -> Choice:
        """Return how a turn is answered. `questions` are the texts of those of its dialogue, the last one last."""
        if is_small_talk(questions[-1]) and not turn.is_bound_to_documents:
            return Unrelated()
        engine = self._turns.engine
        budget = await find_budget(turn, engine, self._turns.limits, self._percent)
        whole = find_whole(questions[-1])
        if turn.ask_mode == "all" or (turn.ask_mode == "auto" and whole not in (None, "summary")):
            return await self._inquire(turn, questions[-1], whole, language, budget)
        if turn.ask_mode == "auto":
            passages = await load_if_fitting(self._sources.store, turn.documents, budget, engine.tokenizer)
            if passages is not None:
                return await self._show(turn, questions, passages, language, budget)
            if whole is not None:
                return await self._inquire(turn, questions[-1], whole, language, budget)
        return await self._find(turn, questions, language, budget)

    async def _show(
        self, turn: Turn, questions: Sequence[str], passages: Sequence[Passage], language: Language, budget: Budget
    ) -> Choice:
        """Put whole documents before the question, unless that is about a picture of its own."""
        if not passages:
            return self._miss(turn, questions[-1])
        if turn.question is not None and any(not isinstance(part, str) for part in turn.question.parts):
            hits = await self._search(turn, questions, budget)
            if not hits and not self._is_about_documents(turn, questions[-1]):
                return Unrelated()
        return await self._prompt(turn, passages, {}, language, budget)

    async def _find(self, turn: Turn, questions: Sequence[str], language: Language, budget: Budget) -> Choice:
        hits = await self._search(turn, questions, budget)
        if not hits:
            return await self._look_again(turn, questions[-1], language, budget)
        by_id = {hit.passage.id: hit for hit in hits}
        return await self._prompt(turn, [hit.passage for hit in hits], by_id, language, budget)

    async def _look_again(self, turn: Turn, question: str, language: Language, budget: Budget) -> Choice:
        """Read all of what words cannot be found in, where the mode leaves that open."""
        missed = self._miss(turn, question)
        if turn.ask_mode != "auto" or isinstance(missed, Unrelated):
            return missed
        passages = await load_passages(self._sources.store, turn.documents)
        num_searchable = sum(is_searchable_by(question, passage) for passage in passages)
        return (
            missed
            if 2 * num_searchable > len(passages)
            else await self._inquire(turn, question, None, language, budget)
        )

    async def _search(self, turn: Turn, questions: Sequence[str], budget: Budget) -> list[Hit]:
        query, tokenizer = write_query(questions), self._turns.engine.tokenizer
        return await find_passages(self._sources.search, turn.owner, turn.documents, query, budget, tokenizer)

    def _miss(self, turn: Turn, question: str) -> Choice:
        return NotFound() if self._is_about_documents(turn, question) else Unrelated()

    def _is_about_documents(self, turn: Turn, question: str) -> bool:
        return turn.is_bound_to_documents or mentions_documents(question)

    async def _prompt(
        self, turn: Turn, passages: Sequence[Passage], hits: Mapping[int, Hit], language: Language, budget: Budget
    ) -> Choice:
        excerpts = join_neighbours(passages)
        shown = [passage for excerpt in excerpts for passage in excerpt.passages]
        parts = await write_excerpts(excerpts, self._sources.documents, turn.owner, budget.num_slices, language)
        return Prompted(put_before_question(turn, parts, language, turn.is_bound_to_documents), shown, hits)

    async def _inquire(
        self, turn: Turn, question: str, whole: Whole | None, language: Language, budget: Budget
    ) -> Choice:
        num_characters = await self._sources.store.count_characters(turn.documents)
        if num_characters > MAX_CHARACTERS:
            raise DocumentTooLong(num_characters // SEGMENT_TOKENS, MAX_CHARACTERS // SEGMENT_TOKENS)
        passages = await load_passages(self._sources.store, turn.documents)
        if not passages:
            return NotFound()
        tokenizer, citer = self._turns.engine.tokenizer, Citer(passages)
        asked = Asked(question, language, turn, turn.owner, passages, budget, self._sources, tokenizer, citer)
        return choose_inquiry(asked, whole)


def is_searchable_by(question: str, passage: Passage) -> bool:
    """Whether the words of a question would be found in a passage: not in a picture, nor in another language."""
    return bool(passage.text.strip()) and is_chinese(question) == is_chinese(passage.text)


def choose_inquiry(asked: Asked, whole: Whole | None) -> Inquiry:
    """Return how whole documents answer a question."""
    term = find_mentioned(asked.text)
    match whole:
        case "pages" if term is not None:
            return MentionInquiry(asked, term)
        case "list":
            return ListInquiry(asked)
        case "extreme":
            return ExtremeInquiry(asked)
    return SummaryInquiry(asked)


def describe_passages(passages: Sequence[Passage], hits: Mapping[int, Hit]) -> list[dict[str, Any]]:
    """Return which passages went into a prompt, numbered as there, with their beginnings and scores, for a trace."""
    return [
        {
            "number": number,
            "document": passage.document_id,
            "name": passage.document_name,
            "page": passage.page,
            "passage": passage.id,
            "text": _shorten(passage.text),
            **_describe_scores(hits.get(passage.id)),
        }
        for number, excerpt in enumerate(join_neighbours(passages), start=1)
        for passage in excerpt.passages
    ]


def _shorten(text: str) -> str:
    return text if len(text) <= SHOWN_CHARACTERS else f"{text[:SHOWN_CHARACTERS]}…"


def _describe_scores(hit: Hit | None) -> dict[str, float | None]:
    if hit is None:
        return {"score": None, "word_score": None, "meaning_score": None}
    return {"score": hit.score, "word_score": hit.word_score, "meaning_score": hit.meaning_score}
