"""The one function that finds what the knowledge base says about a question, for answers and for the hit test alike."""

import asyncio
from collections.abc import Collection, Mapping, Sequence, Set
from dataclasses import dataclass, replace

from server.errors.base import Language
from server.knowledge.elsewhere import is_elsewhere, join_tokens
from server.knowledge.facts import find_facts
from server.knowledge.family import Family, find_family
from server.knowledge.faq_matching import FaqMatcher
from server.knowledge.found import NUM_PASSAGES, Asked, Fact, FaqMatch, Found, KnowledgeHit, Mention
from server.knowledge.on_matter import MatterSearch, OnMatter
from server.knowledge.relevance import (
    asks_for_offer,
    asks_for_others,
    find_unknown_codes,
    is_about_something_else,
    keep_relevant,
)
from server.knowledge.rows import Rows
from server.knowledge.standalone import GENERAL, Standalone, is_asked, make_standalone
from server.knowledge.vocabulary import Vocabulary
from server.library.asking.content_tokens import is_chinese
from server.library.ranking import Hit
from server.library.search import NUM_CANDIDATES, PassageSearch
from server.store.knowledge_names import fold_reference
from server.store.knowledge_records import CollectionState
from server.store.library_records import KNOWLEDGE, Passage
from server.store.store import Store

NUM_FACTS = 12
LIKELY = 0.6
"""The score from which the best entry of the questions with answers is a source, though it is not certain."""

LIKELY_ALONE, LEAD = 0.5, 0.28
"""The score from which it is one where no entry with another answer comes within such a lead."""

MATTER_LIFT = 1.5
"""How much a passage that is just about the matter is lifted, in units of the best score by words."""

MAX_ROWS = 6
"""How many rows of what is spoken of are put in front at most."""


class Knowledge:
    """Finds what collections of the knowledge base say about a question."""

    def __init__(self, store: Store, search: PassageSearch) -> None:
        self._store = store
        self._search = search
        self._vocabulary = Vocabulary(store.knowledge)
        self._faqs = FaqMatcher(store)
        self._rows = Rows(store.knowledge)
        self._matters = MatterSearch(store.library, search, self._faqs, self._rows)

    async def find(self, names: Sequence[str], asked: Asked, limit: int = NUM_PASSAGES) -> Found:
        """Return what the collections of these names say, at most `limit` passages, best first.

        Raises `SearchTimedOut` and `DatabaseUnreachable`.
        """
        states = await self._get_states(names)
        missing = tuple(name for name in dict.fromkeys(names) if name not in states)
        if not states or not is_asked(asked.question):
            return Found(asked.question, missing=missing)
        return replace(await self._find(list(states.values()), asked, limit), missing=missing)

    async def find_mentions(self, names: Sequence[str], asked: Asked) -> tuple[Mention, ...]:
        """Return what of the collections a dialogue names. Raises `DatabaseUnreachable`."""
        states = await self._get_states(names)
        return await self._vocabulary.find_mentions(list(states.values()), asked) if states else ()

    async def _get_states(self, names: Sequence[str]) -> Mapping[str, CollectionState]:
        return await self._store.knowledge.get_states(names) if names else {}

    async def _find(self, states: Sequence[CollectionState], asked: Asked, limit: int) -> Found:
        mentions = await self._vocabulary.find_mentions(states, asked)
        standalone = make_standalone(asked, mentions)
        subjects = standalone.subjects
        language: Language = "zh" if is_chinese(asked.question) else "en"
        hits = await self._look_up(states, standalone)
        known = await asyncio.to_thread(join_tokens, [hit.passage for hit in hits])
        if find_unknown_codes(asked.question, known, [mention.text for mention in mentions]):
            return Found(standalone.query, mentions)
        if await asyncio.to_thread(_is_beyond, asked.question, subjects, known):
            return Found(standalone.query, mentions)
        facts = await find_facts(self._store, states, subjects, standalone.query, language, NUM_FACTS)
        faq = await self._faqs.match(states, asked, standalone.query, language)
        family = await find_family(self._store.knowledge, states, subjects)
        on_matter = await self._matters.find(states, asked.question, known)
        is_named = bool(subjects) or bool(on_matter) or (faq is not None and is_likely(faq))
        if not is_named and await asyncio.to_thread(is_about_something_else, standalone.query, known):
            return Found(standalone.query, mentions)
        own = await self._load_rows(states, subjects, family)
        ranking = _Ranking(
            standalone.query, self._rows, family, own, facts, faq, on_matter, asks_for_others(asked.question)
        )
        return Found(standalone.query, mentions, tuple(ranking.rank(hits)[:limit]), facts, faq)

    async def _look_up(self, states: Sequence[CollectionState], standalone: Standalone) -> list[Hit]:
        """Return hits for the question with all names, and without: what is said of all products names none."""
        ids = [state.id for state in states]
        hits = await self._search.search_collections(KNOWLEDGE, ids, standalone.query, NUM_CANDIDATES)
        if standalone.rest == standalone.query:
            return hits
        others = await self._search.search_collections(KNOWLEDGE, ids, standalone.rest, NUM_CANDIDATES)
        return join_hits(hits, others)

    async def _load_rows(
        self, states: Sequence[CollectionState], subjects: Sequence[Mention], family: Family
    ) -> Mapping[int, Passage]:
        """Return the passages that are the rows of what a question is about, and of what that is a variant of."""
        await self._rows.load(states)
        positions: dict[str, list[int]] = {}
        named = [fold_reference(mention.key) for mention in subjects if mention.kind not in GENERAL]
        keys = [*named, *sorted(family.products)]
        for document_id, position in self._rows.find_places(states, keys)[:MAX_ROWS]:
            positions.setdefault(document_id, []).append(position)
        found = [await self._store.knowledge.find_passage_ids(each, places) for each, places in positions.items()]
        ids = [number for numbers in found for number in numbers.values()]
        return await self._store.library.get_passages(KNOWLEDGE, ids) if ids else {}


@dataclass(frozen=True)
class _Ranking:
    """The order of passages: first the rows of what is spoken of, last those of other products, which may be left out.

    `own` are the passages of its rows by their ids.
    """

    query: str
    rows: Rows
    family: Family
    own: Mapping[int, Passage]
    facts: Sequence[Fact]
    faq: FaqMatch | None
    on_matter: Sequence[OnMatter]
    takes_others: bool

    def rank(self, hits: Sequence[Hit]) -> list[KnowledgeHit]:
        known = {hit.passage.id for hit in hits}
        asked_for = [self.faq.passage] if self.faq is not None and self._matched else []
        asked_for += [each.passage for each in self.on_matter]
        more = {passage.id: passage for passage in (*self.own.values(), *asked_for) if passage.id not in known}
        all_hits = [*hits, *(Hit(passage, 0.0, 0.0, None, 0, 0) for passage in more.values())]
        wanted = {*self.own, *self._matched, *self._near}
        best = max((hit.score for hit in hits), default=0.0) or 1.0
        relevant = keep_relevant(all_hits, wanted, self.query)
        found = [self._explain(hit, best) for hit in relevant if not self._is_left_out(hit)]
        return sorted(found, key=lambda hit: (-hit.score, hit.passage.id))

    @property
    def _matched(self) -> Collection[int]:
        return (self.faq.passage.id,) if self.faq and is_likely(self.faq) else ()

    @property
    def _near(self) -> Mapping[int, float]:
        return {each.passage.id: each.nearness for each in self.on_matter}

    def _is_left_out(self, hit: Hit) -> bool:
        return self._is_of_another(hit.passage) and not self.takes_others

    def _is_of_another(self, passage: Passage) -> bool:
        """Whether a passage is a row of another product than the one that is spoken of, and no fact is from it."""
        of = self.rows.find_keys(passage) if self.family.own else set()
        return bool(of) and not of & self.family.all and passage.id not in {fact.source.id for fact in self.facts}

    def _is_neighbour(self, passage: Passage) -> bool:
        """Whether a passage is a row beside what is spoken of, or a fact is from it."""
        is_beside = bool(self.rows.find_keys(passage) & self.family.neighbours)
        return is_beside or passage.id in {fact.source.id for fact in self.facts}

    def _explain(self, hit: Hit, best: float) -> KnowledgeHit:
        is_own, is_matched = hit.passage.id in self.own, hit.passage.id in self._matched
        is_neighbour, nearness = not is_own and self._is_neighbour(hit.passage), self._near.get(hit.passage.id, 0.0)
        reasons = {
            "words": hit.word_score > 0,
            "meaning": hit.meaning_score is not None,
            "entity": is_own,
            "neighbour": is_neighbour,
            "faq": is_matched,
            "matter": nearness > 0,
            "other": self._is_of_another(hit.passage),
        }
        lift = best * (2 * is_matched + is_own + 0.5 * is_neighbour + MATTER_LIFT * nearness)
        score = hit.score * 0.25 if reasons["other"] else hit.score + lift
        return KnowledgeHit(hit, round(score, 6), tuple(reason for reason, holds in reasons.items() if holds))


def _is_beyond(question: str, subjects: Sequence[Mention], known: Set[str]) -> bool:
    """Whether a question that names nothing known is about another place, or new goods, whatever was spoken of."""
    if any(mention.origin == "question" for mention in subjects):
        return False
    is_new = bool(subjects) and asks_for_offer(question) and is_about_something_else(question, known)
    return is_new or is_elsewhere(question, known)


def is_likely(faq: FaqMatch) -> bool:
    """Whether an entry is a source of the answer."""
    return faq.is_certain or faq.score >= LIKELY or (faq.score >= LIKELY_ALONE and faq.margin >= LEAD)


def join_hits(first: Sequence[Hit], second: Sequence[Hit]) -> list[Hit]:
    """Return the hits of two searches, each passage once, with the better of its scores and of what it covers."""
    joined = {hit.passage.id: hit for hit in first}
    for hit in second:
        known = joined.get(hit.passage.id)
        joined[hit.passage.id] = hit if known is None else _join(known, hit)
    return sorted(joined.values(), key=lambda hit: (-hit.score, hit.passage.id))


def _join(one: Hit, other: Hit) -> Hit:
    """Return the hit that says more of what was looked up, with the better score."""
    better = max(one, other, key=lambda hit: (hit.strength + 2 * hit.coverage, hit.score))
    return replace(better, score=max(one.score, other.score))
