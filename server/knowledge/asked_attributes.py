"""Attributes that a question asks for by name or meaning: the price, the material, the size."""

from collections.abc import Sequence

from server.errors.base import Language
from server.knowledge.fact_wording import MAX_NAME, MAX_VALUE, cut, name_node, say
from server.knowledge.neighbourhood import MAX_VARIANTS, Neighbourhood, add_variants
from server.knowledge.said_fact import SaidFact
from server.knowledge.topics import Said, asks_for, is_in, read_words
from server.store.knowledge_records import GraphAttribute, GraphNode
from server.store.knowledge_store import KnowledgeStore


async def list_attribute_facts(
    store: KnowledgeStore, collection_id: int, around: Neighbourhood, question: str, language: Language
) -> list[SaidFact]:
    """Return the attributes of what was named that are asked for.

    A variant without one has its product's, and of a product without one the variants' are said.
    """
    asked = Said(question)
    facts: list[SaidFact] = []
    for node in around.named:
        found = find_asked(around.list_attributes(node.key), asked, language)
        facts += [_say(node, each, language, 1) for each in found]
        had = {_find_meaning(each.name) for each in found}
        for parent in around.list_parents(node):
            of_parent = find_asked(around.list_attributes(parent.key), asked, language)
            facts += [_say(parent, each, language, 1) for each in of_parent if _find_meaning(each.name) not in had]
        if not found:
            facts += await _list_of_variants(store, collection_id, around, node, asked, language)
    return facts


async def _list_of_variants(
    store: KnowledgeStore,
    collection_id: int,
    around: Neighbourhood,
    node: GraphNode,
    asked: Said,
    language: Language,
) -> list[SaidFact]:
    keys = [edge.subject for edge in around.list_subjects("variant_of", node.key)][:MAX_VARIANTS]
    if not keys or not asked.has_any(word for words in read_words("attributes.txt") for word in words):
        return []
    await add_variants(store, collection_id, around, keys)
    return [
        _say(around.nodes[key], each, language, 2)
        for key in keys
        for each in find_asked(around.list_attributes(key), asked, language)
    ]


def find_asked(attributes: Sequence[GraphAttribute], asked: Said, language: Language) -> list[GraphAttribute]:
    """Return the attributes that are asked for; of two of one meaning that in the language of the question."""
    found = [attribute for attribute in attributes if asks_for(asked, attribute.name)]
    in_language = {_find_meaning(each.name) for each in found if is_in(each.name, language)}
    return [each for each in found if is_in(each.name, language) or _find_meaning(each.name) not in in_language]


def _find_meaning(name: str) -> int | str:
    """Return what is the same for names that mean the same."""
    said = Said(name)
    groups = enumerate(read_words("attributes.txt"))
    return next((number for number, words in groups if said.has_any(words)), name.casefold())


def _say(node: GraphNode, attribute: GraphAttribute, language: Language, steps: int) -> SaidFact:
    name, value = cut(attribute.name, MAX_NAME), cut(attribute.value, MAX_VALUE)
    return SaidFact(
        say("attribute", language, name_node(node, language), name, value), attribute.passage_id, "attribute", steps
    )
