"""The entry of the questions with answers that a question asks for, and whether that is certain.

Certain is only a question that says the same as an entry, word by word but for what says nothing, and as no entry with
another answer: a wrong answer word for word would be worse than one that the model writes from the same entry.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Collection, Sequence

from server.errors.base import Language
from server.knowledge.faq_index import FaqEntry, FaqIndex, ScoredEntry, make_entry
from server.knowledge.found import Asked, FaqMatch
from server.knowledge.misspelling import correct
from server.knowledge.question_form import leads_on, read_form
from server.store.knowledge_records import CollectionState, StoredFaq
from server.store.library_records import KNOWLEDGE
from server.store.store import Store

MIN_SCORE = 0.3
"""An entry that is less like a question says nothing about it."""

MIN_MARGIN = 0.05
"""How far before the next entry with another answer a certain one must be."""

MAX_ENTRIES = 100_000
"""How many entries are kept in memory beyond those that are asked for; 1,000 take about 5 MB."""

LANGUAGES: tuple[Language, ...] = ("zh", "en")
MAX_INDEXES = 8
MAX_READ = 100
"""How many documents are read from the store at once."""

Key = tuple[Language, frozenset[str]]


class FaqMatcher:
    """Finds the entry that a question asks for. Documents are read once, as what is derived from them never changes."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._entries: OrderedDict[str, tuple[FaqEntry, ...]] = OrderedDict()
        self._indexes: OrderedDict[Key, FaqIndex] = OrderedDict()
        self._lock = asyncio.Lock()

    async def match(
        self, states: Sequence[CollectionState], asked: Asked, query: str, language: Language
    ) -> FaqMatch | None:
        """Return the entry in the question's language that is most like `query`; None where none is like it.

        Whether it is certain is for the question to say as it was asked, without what was put to it.
        """
        index = await self._load(frozenset(each for state in states for each in state.document_ids), language)
        is_alone = not (asked.earlier and leads_on(asked.question))
        found = await asyncio.to_thread(_find, index, query, asked.question if is_alone else None, language)
        if not found or found[0].score < MIN_SCORE:
            return None
        return await self._make_match(found)

    async def find_on_matter(self, states: Sequence[CollectionState], names: Collection[str]) -> dict[int, float]:
        """Return how near entries in any language are to matters, from 0 to 1, by the numbers of their passages."""
        document_ids = frozenset(each for state in states for each in state.document_ids)
        found: dict[int, float] = {}
        for language in LANGUAGES:
            near = (await self._load(document_ids, language)).find_on_matter(names)
            found |= {number: max(share, found.get(number, 0.0)) for number, share in near.items()}
        return found

    async def _make_match(self, found: Sequence[ScoredEntry]) -> FaqMatch | None:
        best = found[0]
        stored = best.entry.stored
        others = (each.score for each in found[1:] if each.entry.stored.faq.answer != stored.faq.answer)
        margin = round(best.score - next(others, 0.0), 6)
        passages = await self._store.library.get_passages(KNOWLEDGE, [stored.passage_id])
        passage = passages.get(stored.passage_id)
        if passage is None:  # deleted meanwhile
            return None
        return FaqMatch(stored, passage, best.score, margin, best.is_same and margin >= MIN_MARGIN)

    async def _load(self, document_ids: frozenset[str], language: Language) -> FaqIndex:
        """Return the index of the entries of documents in a language."""
        key = (language, document_ids)
        if key not in self._indexes:
            async with self._lock:  # whoever comes meanwhile waits for the same documents
                if key not in self._indexes:
                    self._indexes[key] = await self._build(key)
        self._indexes.move_to_end(key)
        while len(self._indexes) > MAX_INDEXES:
            self._indexes.popitem(last=False)
        return self._indexes[key]

    async def _build(self, key: Key) -> FaqIndex:
        language, document_ids = key
        await self._read(sorted(document_ids - self._entries.keys()))
        for document_id in document_ids:
            self._entries.move_to_end(document_id)
        self._forget(len(document_ids))
        entries = [
            entry
            for document_id in sorted(document_ids)
            for entry in self._entries[document_id]
            if entry.stored.faq.language == language
        ]
        return await asyncio.to_thread(FaqIndex, entries)

    async def _read(self, document_ids: Sequence[str]) -> None:
        for first in range(0, len(document_ids), MAX_READ):
            some = document_ids[first : first + MAX_READ]
            read = await asyncio.to_thread(_make_entries, await self._store.knowledge.list_faqs(some))
            self._entries |= {document_id: tuple(read.get(document_id, ())) for document_id in some}

    def _forget(self, num_kept: int) -> None:
        """Forget what was used the longest ago, but nothing of what was asked for last."""
        total = sum(map(len, self._entries.values()))
        while total > MAX_ENTRIES and len(self._entries) > num_kept:
            total -= len(self._entries.popitem(last=False)[1])


def _find(index: FaqIndex, query: str, question: str | None, language: Language) -> list[ScoredEntry]:
    """Return the entries that are like a query, and the same as a question; misspelt words are put right first."""
    form = read_form(correct(question, index.words), language) if question is not None else None
    return index.find(correct(query, index.words), form)


def _make_entries(stored: Sequence[StoredFaq]) -> dict[str, list[FaqEntry]]:
    found: dict[str, list[FaqEntry]] = {}
    for each in stored:
        found.setdefault(each.document_id, []).append(make_entry(each))
    return found
