"""What is named in a dialogue: entities of the knowledge base, found by their names in its texts."""

from collections.abc import Sequence

from server.knowledge.found import Asked, Mention
from server.store.knowledge_records import CollectionState
from server.store.knowledge_store import KnowledgeStore


class Vocabulary:
    """Finds the names of the entities of ready documents."""

    def __init__(self, store: KnowledgeStore) -> None:
        self._store = store

    async def find_mentions(self, states: Sequence[CollectionState], asked: Asked) -> tuple[Mention, ...]:
        """Return what is named: in the question, else in what its pictures show, else in the dialogue before it."""
        return ()
