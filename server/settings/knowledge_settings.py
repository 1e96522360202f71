"""The settings of the knowledge base."""

from dataclasses import dataclass

from server.settings.setting import NOTHING, setting


@dataclass(frozen=True)
class KnowledgeSettings:
    knowledge: str = setting(
        NOTHING,
        "a folder of the knowledge base: each folder in it is a collection, whose files are read, and read again after"
        " an edit; `example` is the small shop that comes with the server",
    )
    max_collections: int = setting(100, "the most collections of the knowledge base", least=1)
    max_collection_documents: int = setting(2000, "the most documents of a collection", least=1)
    max_knowledge_bytes: int = setting(
        10 * 2**30, "the most bytes of documents in all collections together; 0 is no limit", least=0
    )
    max_unanswered: int = setting(
        10_000, "the most questions that are kept because they found nothing, where a profile keeps them", least=1
    )
    max_unanswered_age_days: int = setting(
        90, "how long a question that found nothing is kept after it was last asked, in days; 0 is for ever", least=0
    )
