"""What the product graph says around what a question names, as sentences that each cite a passage."""

from collections.abc import Sequence

from server.errors.base import Language
from server.knowledge.found import Fact, Mention
from server.store.knowledge_records import CollectionState
from server.store.store import Store


async def find_facts(
    store: Store,
    states: Sequence[CollectionState],
    mentions: Sequence[Mention],
    question: str,
    language: Language,
    limit: int,
) -> tuple[Fact, ...]:
    """Return at most `limit` facts around what is named, those that the question asks for first."""
    return ()
