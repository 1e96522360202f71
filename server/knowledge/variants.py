"""The variant of a product that words such as `the red one` and `XL` choose among the others."""

from collections.abc import Iterable, Sequence

from server.knowledge.looks import KNOWN, Features, Looks
from server.knowledge.name_tokens import NameTokens, TokenText, is_idle
from server.knowledge.named import Thing
from server.store.knowledge_records import Graph, GraphNode
from server.store.knowledge_store import KnowledgeStore

MAX_EDGES = 200
MAX_PRODUCTS = 3
"""Variants of more products than these are not looked for: nothing is sure any more."""

MAX_VALUE = 24
"""Longer attributes do not tell variants apart."""

WORD, HAN = "word:", "han:"


class Variants:
    """Finds variants in the product graph."""

    def __init__(self, store: KnowledgeStore, tokens: NameTokens) -> None:
        self._store = store
        self._tokens = tokens
        self._looks = Looks(tokens)

    async def choose(self, things: Sequence[Thing], text: TokenText, rest: Sequence[str]) -> list[Thing]:
        """Return the variants of things' products that the words `rest` of a text choose, one of each product."""
        if len(things) > MAX_PRODUCTS or not any(not is_idle(word) for word in rest):
            return []
        found = [await self._choose_one(thing, text, rest) for thing in things]
        chosen = {variant.id: variant for variant in found if variant is not None}
        return list(chosen.values())

    async def find_product(self, things: Sequence[Thing]) -> Thing | None:
        """Return the product that all of these are, or are variants of."""
        products = {}
        for thing in things:
            graph = await self._store.walk_graph([thing.collection_id], [thing.key], 1, MAX_EDGES)
            for node in list_products(graph, thing):
                products[node.collection_id, node.key] = make_thing(node)
        return next(iter(products.values())) if len(products) == 1 else None

    async def _choose_one(self, thing: Thing, text: TokenText, rest: Sequence[str]) -> Thing | None:
        graph = await self._store.walk_graph([thing.collection_id], [thing.key], 2, MAX_EDGES)
        products = list_products(graph, thing)
        variants = list_variants(graph, products)
        if len(variants) < 2:
            return None
        keys = [node.key for node in variants]
        described = await self._store.walk_graph([thing.collection_id], keys, 0, 1)
        values = {key: [each.value for each in described.attributes if each.key == key] for key in keys}
        terms = [self._list_terms(node, values[node.key], products) for node in variants]
        chosen = choose_best(self._list_asked(text, rest), terms)
        return None if chosen is None else make_thing(variants[chosen])

    def _list_terms(self, node: GraphNode, values: Iterable[str], products: Sequence[GraphNode]) -> Features:
        """Return the words that describe a variant, beside those of its product."""
        texts = [name.text for name in node.names] + [value for value in values if len(value) <= MAX_VALUE]
        own = frozenset(term for text in texts for term in self._list_words(text))
        return own - frozenset(
            term for product in products for name in product.names for term in self._list_words(name.text)
        )

    def _list_words(self, text: str) -> Iterable[str]:
        read = self._tokens.read(text)
        yield from (each for each in self._looks.find_in(read) if each.startswith(KNOWN))
        yield from (WORD + token.text for token in read.tokens if not token.is_single and not token.is_mark)
        singles = "".join(token.text if token.is_single else " " for token in read.tokens).split()
        yield from (HAN + run for run in singles)

    def _list_asked(self, text: TokenText, rest: Sequence[str]) -> Features:
        words = {WORD + word for word in rest if not is_idle(word) or len(word) == 1}
        known = {each for each in self._looks.find_in(text) if each.startswith(KNOWN)}
        runs = "".join(word if len(word) == 1 and not word.isascii() else " " for word in rest)
        return frozenset(words | known | {HAN + runs})


def choose_best(asked: Features, variants: Sequence[Features]) -> int | None:
    """Return the variant that the words choose: it has more of them than any other, of those that tell them apart."""
    shared = frozenset.intersection(*variants)
    scores = [count_matches(asked, terms - shared) for terms in variants]
    best = max(scores)
    return scores.index(best) if best > 0 and scores.count(best) == 1 else None


def count_matches(asked: Features, terms: Features) -> int:
    """Return how many of the terms are asked for; one in Chinese where the text has it."""
    text = " ".join(each.removeprefix(HAN) for each in asked if each.startswith(HAN))
    said = {each for each in terms if each.startswith(HAN) and each.removeprefix(HAN) in text}
    return len(said | (terms & asked))


def list_products(graph: Graph, thing: Thing) -> list[GraphNode]:
    """Return the product of a variant, or the product itself."""
    own = [node for node in graph.nodes if make_thing(node).id == thing.id]
    keys = {
        edge.object
        for edge in graph.edges
        if edge.kind == "variant_of" and any(edge.subject == each.key for each in own)
    }
    return [node for node in graph.nodes if node.key in keys] or own


def list_variants(graph: Graph, products: Sequence[GraphNode]) -> list[GraphNode]:
    keys = {product.key for product in products}
    own = {edge.subject for edge in graph.edges if edge.kind == "variant_of" and edge.object in keys}
    return [node for node in graph.nodes if node.key in own]


def make_thing(node: GraphNode) -> Thing:
    return Thing(node.collection_id, node.key, node.kind, node.names)
