"""What the knowledge base says about a matter of shops, in whatever words and language."""

import asyncio
import re
from collections.abc import Collection, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass

from server.knowledge.faq_matching import FaqMatcher
from server.knowledge.matters import CHINESE, Spoken, find_matters
from server.knowledge.relevance import has_unknown_names, is_word
from server.knowledge.rows import Rows
from server.library.query import read_idle_words, weigh_tokens
from server.library.search import NUM_CANDIDATES, PassageSearch
from server.store.knowledge_records import CollectionState
from server.store.library_records import KNOWLEDGE, Passage
from server.store.library_store import LibraryStore

MAX_UNKNOWN = 2, 4
MAX_UNKNOWN_ALONE = 1, 2
"""How much of a question may be neither about its matters nor in any passage that was found for it.

Less may be where no passage has any of it: then it is likely the whole of what the question is about.
"""

MAX_MATTERS = 4
"""How many matters of a question are looked up."""

MAX_PASSAGES = 5
LEAST = 0.6
"""The share of the best one's nearness from which another passage is kept beside it."""

BODY_WEIGHT = 0.5
"""The weight of what is said somewhere in a passage, beside its heading or its question."""

SENTENCE = re.compile(r"[。！？!?;；\n]+|\.\s")


@dataclass(frozen=True)
class OnMatter:
    """A passage about a matter that is asked for, and how near it is, from 0 to 1."""

    passage: Passage
    nearness: float


class MatterSearch:
    """Finds entries and passages about the matters of a question."""

    def __init__(self, store: LibraryStore, search: PassageSearch, faqs: FaqMatcher, rows: Rows) -> None:
        self._store = store
        self._search = search
        self._faqs = faqs
        self._rows = rows

    async def find(self, states: Sequence[CollectionState], question: str, known: Set[str]) -> list[OnMatter]:
        """Return what is about the matters of a question, nearest first. `known` are the tokens of passages."""
        spoken = await asyncio.to_thread(find_matters, question)
        if not spoken.matters or await asyncio.to_thread(is_beyond, question, spoken.rest, known):
            return []
        near = await self._faqs.find_on_matter(states, spoken.names)
        entries = await self._store.get_passages(KNOWLEDGE, near) if near else {}
        found = [OnMatter(passage, near[number]) for number, passage in entries.items()]
        others = await self._list_candidates(states, spoken)
        passages = [passage for number, passage in others.items() if number not in near]
        found += await asyncio.to_thread(list_near, spoken.names, passages)
        return choose_nearest(found)

    async def _list_candidates(self, states: Sequence[CollectionState], spoken: Spoken) -> Mapping[int, Passage]:
        """Return passages with words for the matters, but for rows of products."""
        await self._rows.load(states)
        ids = [state.id for state in states]
        found: dict[int, Passage] = {}
        for matter in spoken.matters[:MAX_MATTERS]:
            for hit in await self._search.search_collections(KNOWLEDGE, ids, matter.words, NUM_CANDIDATES):
                if not self._rows.find_keys(hit.passage):
                    found[hit.passage.id] = hit.passage
        return found


def is_beyond(question: str, rest: str, tokens: Set[str]) -> bool:
    """Whether a question speaks of more than its matters and what passages know: the return of a library's book."""
    words, pairs = list_words(rest)
    is_alone = tokens.isdisjoint(words | pairs)
    most = MAX_UNKNOWN_ALONE if is_alone else MAX_UNKNOWN
    is_unknown = len(words - tokens) > most[0] or len(pairs - tokens) > most[1]
    return is_unknown or has_unknown_names(question, tokens)


def list_words(rest: str) -> tuple[set[str], set[str]]:
    """Return the English words and the pairs of Chinese characters of a marked text that say something."""
    words = {word for word in CHINESE.sub(" ", rest).split() if is_word(word)} - read_idle_words()
    chinese = " ".join(CHINESE.findall(rest))
    return words, {token for token in weigh_tokens(chinese) if is_word(token)} if chinese else set()


def list_near(asked: Collection[str], passages: Iterable[Passage]) -> list[OnMatter]:
    """Return the passages that speak of what is asked."""
    found = (OnMatter(passage, compute_nearness(asked, passage)) for passage in passages)
    return [each for each in found if each.nearness > 0]


def compute_nearness(asked: Collection[str], passage: Passage) -> float:
    """Return how near a passage is to matters: by its heading or first sentence, or else by any of its sentences."""
    first, *others = [sentence for sentence in SENTENCE.split(passage.text) if sentence.strip()] or [""]
    title = f"{(passage.heading or '').rpartition(' > ')[2]}\n{first}"
    if shared := compare(asked, find_matters(title).names):
        return shared
    names = {name for sentence in others for name in find_matters(sentence).names}
    return BODY_WEIGHT * len(names & set(asked)) / len(asked)


def compare(asked: Collection[str], said: Collection[str]) -> float:
    """Return the share of matters that both have, among those of either."""
    either = {*asked, *said}
    return len(set(asked) & set(said)) / len(either) if either else 0.0


def choose_nearest(found: Iterable[OnMatter]) -> list[OnMatter]:
    """Return the nearest, with those that are about as near."""
    ordered = sorted(found, key=lambda each: (-each.nearness, each.passage.id))[:MAX_PASSAGES]
    return [each for each in ordered if each.nearness >= LEAST * ordered[0].nearness]
