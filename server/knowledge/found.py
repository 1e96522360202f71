"""What is asked of the knowledge base, and what was found: the same records for an answer and for the hit test."""

from collections.abc import Sequence
from dataclasses import dataclass

from server.library.ranking import Hit
from server.store.knowledge_records import EntityKind, StoredFaq
from server.store.library_records import Passage

NUM_PASSAGES = 8
"""How many passages are found for a question at most."""


@dataclass(frozen=True)
class Asked:
    """A question in its dialogue. `earlier` are the texts before it, oldest first, those of the user and the answers.

    `pictured` are what the model says its pictures show. `questions` are those of the earlier texts that the user
    wrote; without them, texts and answers are taken to follow each other in turns.
    """

    question: str
    earlier: Sequence[str] = ()
    pictured: Sequence[str] = ()
    questions: Sequence[str] = ()


@dataclass(frozen=True)
class Mention:
    """An entity that a dialogue is about. `text` is what names it; `origin` is where that stands."""

    collection_id: int
    key: str
    kind: EntityKind
    name: str
    text: str
    origin: str
    """One of `question`, `picture`, `dialogue`."""


@dataclass(frozen=True)
class KnowledgeHit:
    """A passage that says something about a question, and why it was found, in codes such as `words` and `entity`."""

    hit: Hit
    score: float
    reasons: tuple[str, ...]

    @property
    def passage(self) -> Passage:
        return self.hit.passage


@dataclass(frozen=True)
class Fact:
    """What the product graph says around a mention, as a sentence. `source` is the passage that it comes from."""

    text: str
    source: Passage
    steps: int = 1


@dataclass(frozen=True)
class FaqMatch:
    """The FAQ entry that is asked for, with the score of its match, from 0 to 1, and its lead over the next one."""

    entry: StoredFaq
    passage: Passage
    score: float
    margin: float
    is_certain: bool


@dataclass(frozen=True)
class Found:
    """What the knowledge base says about a question. `query` is the question made to stand alone.

    `missing` are names of collections that there are none of.
    """

    query: str
    mentions: tuple[Mention, ...] = ()
    hits: tuple[KnowledgeHit, ...] = ()
    facts: tuple[Fact, ...] = ()
    faq: FaqMatch | None = None
    missing: tuple[str, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether nothing was found that an answer could be from."""
        return not self.hits and not self.facts and (self.faq is None or not self.faq.is_certain)
