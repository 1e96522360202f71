"""`GET /collections/{name}/search`: what the knowledge base says about a question, with scores and why.

It calls what answers call, with the same arguments, so that operators see what an answer would be from.
"""

from typing import Annotated

from litestar import get
from litestar.datastructures import State
from litestar.params import FromPath
from msgspec import Meta, Struct

from server.api.account import require_operator
from server.api.error_response import AnyRequest
from server.api.media_types import JSON
from server.api.openapi.operation import STORE_ERRORS, describe
from server.api.text import has_text
from server.api.transport import read_query, run_while_connected
from server.errors import EmptyQuestion
from server.knowledge.found import NUM_PASSAGES, Asked, Fact, FaqMatch, Found, KnowledgeHit, Mention
from server.knowledge.knowledge import Knowledge
from server.store.errors import CollectionNotFound
from server.store.knowledge_records import EntityKind

MAX_HITS = 50


class SearchQuery(Struct, forbid_unknown_fields=True):
    """The question `q`, and how many passages to find at most: without a limit as many as for an answer."""

    q: str = ""
    limit: Annotated[int, Meta(ge=1, le=MAX_HITS)] = NUM_PASSAGES


class ShownMention(Struct):
    """An entity that the question names as `text`. `origin` is where it does: `question`, `picture` or `dialogue`."""

    key: str
    kind: EntityKind
    name: str
    text: str
    origin: str

    @classmethod
    def of(cls, mention: Mention) -> "ShownMention":
        return cls(mention.key, mention.kind, mention.name, mention.text, mention.origin)


class ShownFaq(Struct):
    """The entry that is asked for. `score` is from 0 to 1, `margin` its lead over the next entry."""

    question: str
    answer: str
    score: float
    margin: float
    certain: bool
    document: str
    name: str

    @classmethod
    def of(cls, match: FaqMatch) -> "ShownFaq":
        faq, passage = match.entry.faq, match.passage
        return cls(
            faq.question,
            faq.answer,
            match.score,
            match.margin,
            match.is_certain,
            passage.document_id,
            passage.document_name,
        )


class ShownHit(Struct, omit_defaults=True, kw_only=True):
    """A passage. `score` orders the hits of one search, and the higher all scores the better.

    `word_score` is for the words in common, `meaning_score` the cosine of the meanings, null without an embedding
    model. `coverage` is the share of what is asked that the passage has. `why` are the codes of what it was found by.
    """

    document: str
    name: str
    page: int
    heading: str | None = None
    sheet: str | None = None
    rows: list[int] | None = None
    text: str
    score: float
    word_score: float
    meaning_score: float | None
    coverage: float
    why: list[str]

    @classmethod
    def of(cls, found: KnowledgeHit) -> "ShownHit":
        hit, passage = found.hit, found.passage
        first, last = passage.first_row, passage.last_row
        return cls(
            document=passage.document_id,
            name=passage.document_name,
            page=passage.page,
            heading=passage.heading or None,
            sheet=passage.sheet,
            rows=None if first is None or last is None else [first, last],
            text=passage.text,
            score=found.score,
            word_score=hit.word_score,
            meaning_score=hit.meaning_score,
            coverage=hit.coverage,
            why=list(found.reasons),
        )


class ShownFact(Struct):
    """What the product graph says, `steps` relations away from what is named, with the page that it comes from."""

    text: str
    document: str
    name: str
    page: int
    steps: int

    @classmethod
    def of(cls, fact: Fact) -> "ShownFact":
        return cls(fact.text, fact.source.document_id, fact.source.document_name, fact.source.page, fact.steps)


class ShownFound(Struct):
    """What was found. `query` is the question as it was looked up."""

    query: str
    mentions: list[ShownMention]
    faq: ShownFaq | None
    hits: list[ShownHit]
    facts: list[ShownFact]

    @classmethod
    def of(cls, found: Found) -> "ShownFound":
        return cls(
            found.query,
            [ShownMention.of(mention) for mention in found.mentions],
            None if found.faq is None else ShownFaq.of(found.faq),
            [ShownHit.of(hit) for hit in found.hits],
            [ShownFact.of(fact) for fact in found.facts],
        )


@get(
    "/collections/{name:str}/search",
    opt=describe(
        "Find what a collection says about a question",
        query=SearchQuery,
        answers={JSON: (ShownFound,)},
        errors=STORE_ERRORS,
    ),
)
async def search_collection(request: AnyRequest, state: State, name: FromPath[str]) -> ShownFound:
    require_operator(request)
    query = read_query(request, SearchQuery)
    if not has_text(query.q):
        raise EmptyQuestion
    knowledge: Knowledge = state.knowledge
    found = await run_while_connected(request, knowledge.find([name], Asked(query.q), query.limit))
    if found.missing:
        raise CollectionNotFound(name)
    return ShownFound.of(found)
