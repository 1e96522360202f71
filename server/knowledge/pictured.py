"""The product that a description of a picture shows, by the words of its names in any order."""

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from weakref import WeakKeyDictionary

from server.knowledge.looks import Features, Looks, differ
from server.knowledge.name_index import NameIndex
from server.knowledge.name_tokens import NameTokens
from server.knowledge.named import THINGS, Indexed, Thing, make_thing

MIN_COVERAGE = 0.72
"""The share of a name that a description must have, by the weight of its words."""

MIN_FEATURES = 2
"""A name of fewer words is found only where it stands as a whole."""

LEAD = 1.12
"""How many times the score of the next the best must have."""


@dataclass(frozen=True)
class Likeness:
    """A thing that a description may show; the higher the score the better."""

    thing: Thing
    score: float


class LookIndex:
    """The features of the names of one document's products."""

    def __init__(self, names: NameIndex, looks: Looks) -> None:
        self._entities = [entity for entity in names.entities if entity.kind in THINGS]
        self.features = [
            [found for name in entity.names if (found := looks.find(name.text))] for entity in self._entities
        ]
        self.counts: Counter[str] = Counter(
            feature for of_it in self.features for feature in frozenset[str]().union(*of_it)
        )
        self._with: dict[str, list[int]] = {}
        for i, of_it in enumerate(self.features):
            for feature in frozenset[str]().union(*of_it):
                self._with.setdefault(feature, []).append(i)

    @property
    def num_entities(self) -> int:
        return len(self._entities)

    def find_like(self, shown: Features, collection_id: int, weigh: "Weights") -> Iterator[Likeness]:
        """Yield the products of which a description has most of a name."""
        numbers = {i for feature in shown for i in self._with.get(feature, ())}
        for i in sorted(numbers):
            score = max((score_name(name, shown, weigh) for name in self.features[i]), default=0.0)
            if score > 0:
                yield Likeness(make_thing(collection_id, self._entities[i]), score)


class Weights(dict[str, float]):
    """How much each feature tells: the fewer products have it the more."""

    def __init__(self, indexes: Sequence[LookIndex]) -> None:
        super().__init__()
        self._indexes = indexes
        self._num_entities = sum(index.num_entities for index in indexes)

    def __missing__(self, feature: str) -> float:
        count = sum(index.counts[feature] for index in self._indexes)
        weight = self[feature] = math.log(2 + self._num_entities / (1 + count))
        return weight


def score_name(name: Features, shown: Features, weights: Weights) -> float:
    """Return how much of a name a description has; 0 where that is too little, or another thing is meant."""
    shared = name & shown
    if len(shared) < MIN_FEATURES or differ(name, shown):
        return 0.0
    has = sum(weights[feature] for feature in shared)
    return has if has >= MIN_COVERAGE * sum(weights[feature] for feature in name) else 0.0


class PicturedThings:
    """Finds the products that descriptions of pictures show."""

    def __init__(self, tokens: NameTokens) -> None:
        self._looks = Looks(tokens)
        self._indexes: WeakKeyDictionary[NameIndex, LookIndex] = WeakKeyDictionary()

    def find(self, descriptions: Sequence[str], documents: Sequence[Indexed]) -> list[Thing]:
        """Return the products that are as like as the best: one where that wins clearly; none where none is like.

        Of several descriptions the newest that is like anything counts.
        """
        indexes = [(document.collection_id, self._load(document.names)) for document in documents]
        weights = Weights([index for _, index in indexes])
        for description in reversed(descriptions):
            shown = self._looks.find(description)
            found = [each for number, index in indexes for each in index.find_like(shown, number, weights)]
            if found:
                return list_best(found)
        return []

    def _load(self, names: NameIndex) -> LookIndex:
        index = self._indexes.get(names)
        if index is None:
            index = self._indexes[names] = LookIndex(names, self._looks)
        return index


def list_best(found: Sequence[Likeness]) -> list[Thing]:
    """Return the best, and all those that it does not beat clearly, each once."""
    best = max(each.score for each in found)
    return list({each.thing.id: each.thing for each in found if each.score * LEAD > best}.values())
