"""The entities that a text names: of names that overlap the longest, and of a name that several have, all of them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from server.knowledge.name_index import NameIndex
from server.knowledge.name_tokens import TokenText
from server.store.knowledge_names import fold_reference
from server.store.knowledge_records import Entity, EntityKind, Name

MAX_SHARED = 5
"""A name that more entities have names none of them."""

THINGS: frozenset[EntityKind] = frozenset({"product", "variant"})


@dataclass(frozen=True)
class Thing:
    """An entity of a collection, put together from those documents that name it."""

    collection_id: int
    key: str
    kind: EntityKind
    names: tuple[Name, ...]

    @property
    def id(self) -> tuple[int, str]:
        """What makes it the same as another: its collection and its key, however that is written."""
        return self.collection_id, fold_reference(self.key)

    @property
    def name(self) -> str:
        return self.names[0].text if self.names else self.key

    @property
    def is_product(self) -> bool:
        return self.kind in THINGS


@dataclass(frozen=True)
class Named:
    """A place in a text, tokens `first` up to `end`, and the things that it names."""

    first: int
    end: int
    text: str
    things: tuple[Thing, ...]

    @property
    def is_shared(self) -> bool:
        """Whether so many have this name that it names none of them."""
        return len(self.things) > MAX_SHARED

    @property
    def is_product(self) -> bool:
        return any(thing.is_product for thing in self.things)


@dataclass(frozen=True)
class Indexed:
    """The names of one document, and the collection that it is in."""

    collection_id: int
    names: NameIndex


def read_names(text: TokenText, documents: Sequence[Indexed]) -> list[Named]:
    """Return what a text names, in its order."""
    found: dict[tuple[int, int], dict[tuple[int, str], Thing]] = {}
    for document in documents:
        for hit in document.names.find(text):
            things = found.setdefault((hit.first, hit.end), {})
            for entity in hit.entities:
                thing = make_thing(document.collection_id, entity)
                things.setdefault(thing.id, thing)
    chosen = choose_longest(text, found)
    return [
        Named(first, end, text.cut(first, end), prefer_products(tuple(found[first, end].values())))
        for first, end in sorted(chosen)
    ]


def make_thing(collection_id: int, entity: Entity) -> Thing:
    return Thing(collection_id, entity.key, entity.kind, entity.names)


def choose_longest(text: TokenText, places: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return places that do not overlap, the longest first, and of equals the first."""

    def order(place: tuple[int, int]) -> tuple[int, int]:
        return text.tokens[place[0]].start - text.tokens[place[1] - 1].end, place[0]

    chosen: list[tuple[int, int]] = []
    taken: set[int] = set()
    for first, end in sorted(places, key=order):
        if taken.isdisjoint(range(first, end)):
            chosen.append((first, end))
            taken.update(range(first, end))
    return chosen


def prefer_products(things: tuple[Thing, ...]) -> tuple[Thing, ...]:
    """Return the product alone where its variants only have its name too."""
    products = tuple(thing for thing in things if thing.kind == "product")
    variants = tuple(thing for thing in things if thing.kind == "variant")
    return products if products and variants and len(products) + len(variants) == len(things) else things
