"""The one function that finds what the knowledge base says about a question, for answers and for the hit test alike."""

from collections.abc import Sequence

from server.knowledge.found import NUM_PASSAGES, Asked, Found, KnowledgeHit
from server.library.ranking import Hit
from server.library.search import PassageSearch, is_relevant
from server.store.library_records import KNOWLEDGE
from server.store.store import Store


class Knowledge:
    """Finds what collections of the knowledge base say about a question."""

    def __init__(self, store: Store, search: PassageSearch) -> None:
        self._store = store
        self._search = search

    async def find(self, names: Sequence[str], asked: Asked, limit: int = NUM_PASSAGES) -> Found:
        """Return what the collections of these names say, at most `limit` passages, best first.

        Raises `SearchTimedOut` and `DatabaseUnreachable`.
        """
        states = await self._store.knowledge.get_states(names)
        missing = tuple(name for name in dict.fromkeys(names) if name not in states)
        ids = [state.id for state in states.values()]
        hits = await self._search.search_collections(KNOWLEDGE, ids, asked.question, limit) if ids else []
        found = tuple(_explain(hit) for hit in hits if is_relevant(hit))
        return Found(asked.question, hits=found, missing=missing)


def _explain(hit: Hit) -> KnowledgeHit:
    by_words = ("words",) if hit.word_score > 0 else ()
    by_meaning = ("meaning",) if hit.meaning_score is not None else ()
    return KnowledgeHit(hit, hit.score, (*by_words, *by_meaning))
