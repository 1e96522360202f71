"""What is named in a dialogue: entities of the knowledge base, found by their names in its texts."""

import asyncio
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from server.knowledge.dialogue_names import DialogueNames, read_dialogue
from server.knowledge.found import Asked, Mention
from server.knowledge.name_cache import NameCache
from server.knowledge.name_tokens import NameTokens
from server.knowledge.named import MAX_SHARED, Indexed, Named, Thing
from server.knowledge.pictured import PicturedThings
from server.knowledge.variants import Variants
from server.store.knowledge_names import fold_reference
from server.store.knowledge_records import CollectionState
from server.store.knowledge_store import KnowledgeStore

MAX_MENTIONS = 12
MAX_EDGES = 300


class Vocabulary:
    """Finds the names of the entities of ready documents."""

    def __init__(self, store: KnowledgeStore) -> None:
        self._store = store
        tokens = NameTokens()
        self._tokens = tokens
        self._cache = NameCache(store, tokens)
        self._pictured = PicturedThings(tokens)
        self._variants = Variants(store, tokens)

    async def find_mentions(self, states: Sequence[CollectionState], asked: Asked) -> tuple[Mention, ...]:
        """Return what is named: in the question, else in what its pictures show, else in the dialogue before it.

        Where the question names no product but something of one, as a fault or a colour, both are named.
        """
        documents = await self._cache.load(states)
        if not documents:
            return ()
        names = await asyncio.to_thread(read_dialogue, asked, documents, self._tokens)
        context = await self._find_context(names, asked, documents)
        return unite(await self._list_mentions(names, context))[:MAX_MENTIONS]

    async def _list_mentions(self, names: DialogueNames, context: Sequence[Mention]) -> list[Mention]:
        question = names.question
        of_question = [each for each in question.named if each.is_product and not each.is_shared]
        about = context if not of_question or names.points_back else ()
        products = [thing for each in of_question for thing in each.things]
        around = products or [_make_thing(mention) for mention in about]
        narrowed = await self._narrow(question.named, around)
        own = [mention for each in narrowed for mention in make_mentions(each, "question")]
        is_whole = bool(own) and not of_question and all(mention.kind == "category" for mention in own)
        if is_whole and not names.points_back:
            return own
        chosen = await self._variants.choose(around, question.text, question.rest)
        text = question.text.plain.strip()
        variants = [
            make_mention(thing, text, "question") for thing in chosen if thing.id not in {e.id for e in products}
        ]
        return [*variants, *own, *about]

    async def _find_context(self, names: DialogueNames, asked: Asked, documents: Sequence[Indexed]) -> list[Mention]:
        """Return what the dialogue is about beside what the question names.

        A question that only shows something is about that alone, known or not.
        """
        chosen = names.find_chosen()
        if chosen is not None:
            return [make_mention(chosen, names.question.text.plain.strip(), "dialogue")]
        pictured = await self._find_pictured(names, asked.pictured, documents)
        if pictured or (asked.pictured and not names.question.named):
            return pictured
        newest = names.earlier[:1]
        return [mention for text in newest for each in text.named for mention in make_mentions(each, "dialogue")]

    async def _find_pictured(
        self, names: DialogueNames, descriptions: Sequence[str], documents: Sequence[Indexed]
    ) -> list[Mention]:
        """Return the products that the newest pictures show, by their names or by most of the words of those."""
        for text in reversed(names.pictured):
            if text.products:
                chosen = await self._variants.choose(text.products, text.text, text.rest)
                return [make_mention(thing, text.text.plain, "picture") for thing in chosen or text.products]
        found = await asyncio.to_thread(self._pictured.find, descriptions, documents) if descriptions else []
        if len(found) > 1:
            product = await self._variants.find_product(found) if len(found) <= MAX_SHARED else None
            found = [] if product is None else [product]
        return [make_mention(thing, descriptions[-1], "picture") for thing in found]

    async def _narrow(self, named: Sequence[Named], products: Sequence[Thing]) -> list[Named]:
        """Keep of a name that several have, such as a code of a fault, those that belong to the products at hand."""
        if not products or not any(len(each.things) > 1 and not each.is_product for each in named):
            return [each for each in named if not each.is_shared]
        near = await self._find_near(products)
        kept = [each if each.is_product else replace(each, things=_keep_nearest(each.things, near)) for each in named]
        return [each for each in kept if not each.is_shared]

    async def _find_near(self, products: Sequence[Thing]) -> dict[tuple[int, str], int]:
        """Return how far from products the entities near to them are."""
        near: dict[tuple[int, str], int] = {}
        for number in {thing.collection_id for thing in products}:
            keys = [thing.key for thing in products if thing.collection_id == number]
            graph = await self._store.walk_graph([number], keys, 2, MAX_EDGES)
            for edge in graph.edges:
                near.setdefault((number, fold_reference(edge.subject)), edge.steps)
                near.setdefault((number, fold_reference(edge.object)), edge.steps)
        return near


def _keep_nearest(things: tuple[Thing, ...], near: Mapping[tuple[int, str], int]) -> tuple[Thing, ...]:
    """Return those of things that are nearest to products, all where none is near."""
    steps = min((near[thing.id] for thing in things if thing.id in near), default=None)
    return things if steps is None else tuple(thing for thing in things if near.get(thing.id) == steps)


def unite(mentions: Iterable[Mention]) -> tuple[Mention, ...]:
    """Return each thing once, as it was named first."""
    found: dict[tuple[int, str], Mention] = {}
    for mention in mentions:
        found.setdefault((mention.collection_id, fold_reference(mention.key)), mention)
    return tuple(found.values())


def make_mentions(named: Named, origin: str) -> Iterator[Mention]:
    if not named.is_shared:
        yield from (make_mention(thing, named.text, origin) for thing in named.things)


def make_mention(thing: Thing, text: str, origin: str) -> Mention:
    return Mention(thing.collection_id, thing.key, thing.kind, thing.name, text, origin)


def _make_thing(mention: Mention) -> Thing:
    return Thing(mention.collection_id, mention.key, mention.kind, ())
