"""The names of ready documents, read from the store once: what is derived from a document never changes."""

import asyncio
from collections import OrderedDict
from collections.abc import Sequence

from server.knowledge.name_index import NameIndex
from server.knowledge.name_tokens import NameTokens
from server.knowledge.named import Indexed
from server.store.knowledge_records import CollectionState, DocumentNames
from server.store.knowledge_store import KnowledgeStore

MAX_ENTITIES = 300_000
"""How many entities are kept in memory beyond those of the documents that are asked for; 1,000 take about 2 MB."""

MAX_READ = 100
"""How many documents are read from the store at once."""


class NameCache:
    """Keeps an index of each document that was used last, so that an edit costs what the edited document does."""

    def __init__(self, store: KnowledgeStore, tokens: NameTokens) -> None:
        self._store = store
        self._tokens = tokens
        self._indexes: OrderedDict[str, NameIndex] = OrderedDict()
        self._lock = asyncio.Lock()

    async def load(self, states: Sequence[CollectionState]) -> list[Indexed]:
        """Return the names of all documents of the collections that name anything."""
        wanted = {document_id: state.id for state in states for document_id in sorted(state.document_ids)}
        if not wanted.keys() <= self._indexes.keys():
            async with self._lock:  # whoever comes meanwhile waits for the same documents
                await self._read([document_id for document_id in wanted if document_id not in self._indexes])
        found = {document_id: self._indexes[document_id] for document_id in wanted if document_id in self._indexes}
        for document_id in found:
            self._indexes.move_to_end(document_id)
        self._forget(num_kept=len(found))
        return [Indexed(wanted[document_id], index) for document_id, index in found.items() if index.entities]

    async def _read(self, document_ids: Sequence[str]) -> None:
        for first in range(0, len(document_ids), MAX_READ):
            some = document_ids[first : first + MAX_READ]
            named = {each.document_id: each for each in await self._store.list_names(some)}
            read = [named.get(document_id, DocumentNames(document_id, ())) for document_id in some]
            self._indexes |= await asyncio.to_thread(self._build, read)

    def _build(self, documents: Sequence[DocumentNames]) -> dict[str, NameIndex]:
        return {each.document_id: NameIndex(each.entities, self._tokens) for each in documents}

    def _forget(self, num_kept: int) -> None:
        """Forget what was used the longest ago, but nothing of what was asked for last."""
        total = sum(len(index.entities) for index in self._indexes.values())
        while total > MAX_ENTITIES and len(self._indexes) > num_kept:
            total -= len(self._indexes.popitem(last=False)[1].entities)
