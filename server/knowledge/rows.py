"""Which entities the passages of product sheets are rows of, read from the store once for each document."""

from bisect import bisect_right
from collections import OrderedDict, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from server.store.knowledge_names import fold_reference
from server.store.knowledge_records import CollectionState, DocumentNames
from server.store.knowledge_store import KnowledgeStore
from server.store.library_records import Passage

MAX_DOCUMENTS = 4000
MAX_READ = 100

THINGS = frozenset({"product", "variant"})

Place = tuple[str, int]
"""A document, and the position of a passage in it."""


@dataclass
class DocumentRows:
    """The rows of one document: the keys of the products at each position of a passage, and the other way round."""

    keys: dict[int, set[str]] = field(default_factory=lambda: defaultdict(set))
    positions: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))
    ordered: list[int] = field(default_factory=list)

    @classmethod
    def of(cls, named: DocumentNames) -> "DocumentRows":
        rows = cls()
        for entity in named.entities:
            key = fold_reference(entity.key)
            if entity.passage not in rows.positions[key]:
                rows.positions[key].append(entity.passage)
            if entity.kind in THINGS:
                rows.keys[entity.passage].add(key)
        rows.ordered = sorted(rows.keys)
        return rows

    def find_keys(self, position: int) -> set[str]:
        """Return the products that a passage is of: a row reaches to the next product's."""
        place = bisect_right(self.ordered, position)
        return self.keys[self.ordered[place - 1]] if place else set()


class Rows:
    """Knows the rows of ready documents; those of documents that were not asked for lately are forgotten."""

    def __init__(self, store: KnowledgeStore) -> None:
        self._store = store
        self._documents: OrderedDict[str, DocumentRows] = OrderedDict()

    async def load(self, states: Iterable[CollectionState]) -> None:
        """Read what is not known yet of the documents of collections."""
        wanted = sorted({document_id for state in states for document_id in state.document_ids})
        missing = [document_id for document_id in wanted if document_id not in self._documents]
        for first in range(0, len(missing), MAX_READ):
            some = missing[first : first + MAX_READ]
            self._documents |= {document_id: DocumentRows() for document_id in some}
            self._documents |= {each.document_id: DocumentRows.of(each) for each in await self._store.list_names(some)}
        while len(self._documents) > max(MAX_DOCUMENTS, len(wanted)):
            self._documents.popitem(last=False)

    def find_places(self, states: Sequence[CollectionState], keys: Sequence[str]) -> list[Place]:
        """Return where the rows of entities are whose folded keys these are, in that order."""
        ids = sorted({document_id for state in states for document_id in state.document_ids})
        return [
            (document_id, position)
            for key in dict.fromkeys(keys)
            for document_id in ids
            if (rows := self._documents.get(document_id)) is not None
            for position in rows.positions.get(key, ())
        ]

    def find_keys(self, passage: Passage) -> set[str]:
        """Return the folded keys of the products that a passage is a row of; none where it is of no sheet."""
        rows = self._documents.get(passage.document_id)
        return set() if rows is None else rows.find_keys(passage.position)
