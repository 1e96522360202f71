"""What the product graph says around what a question names, as sentences that each cite the passage of their row."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from server.errors.base import Language
from server.knowledge.asked_attributes import list_attribute_facts
from server.knowledge.fact_wording import WORDINGS, list_names, name_node, say
from server.knowledge.found import Fact, Mention
from server.knowledge.neighbourhood import Neighbourhood, walk_around
from server.knowledge.said_fact import SaidFact
from server.knowledge.topics import find_topics
from server.store.knowledge_records import CollectionState, GraphEdge, GraphNode, RelationKind
from server.store.library_records import KNOWLEDGE
from server.store.store import Store

MAX_MENTIONS = 8
"""Around how many of the things that are named facts are looked for."""

OTHERS = re.compile(r"\b(?:other|others|another|else)\b|其[他它]|别的|还有|另外", re.I)
"""What asks for other variants rather than for what is said of the one that is named."""

FAULT_TOPICS = frozenset({"has_fault", "causes", "remedied_by"})


async def find_facts(
    store: Store,
    states: Sequence[CollectionState],
    mentions: Sequence[Mention],
    question: str,
    language: Language,
    limit: int,
) -> tuple[Fact, ...]:
    """Return at most `limit` facts around what is named, those that the question asks for first."""
    said: list[SaidFact] = []
    topics = find_topics(question)
    for state in states:
        own = [mention for mention in mentions if mention.collection_id == state.id][:MAX_MENTIONS]
        if own:
            around = await walk_around(store.knowledge, state.id, own)
            said += await list_attribute_facts(store.knowledge, state.id, around, question, language)
            said += Facts(around, language).list_all()
    chosen = sort_facts(said, topics, "variants" in topics and OTHERS.search(question) is not None)[:limit]
    if not chosen:
        return ()
    passages = await store.library.get_passages(KNOWLEDGE, {each.passage_id for each in chosen})
    return tuple(
        Fact(each.text, passages[each.passage_id], each.steps) for each in chosen if each.passage_id in passages
    )


def sort_facts(said: Sequence[SaidFact], topics: Sequence[str], asks_others: bool = False) -> list[SaidFact]:
    """Return facts, each once: attributes that are asked for, relations that are, and the others, nearest first."""

    def order(fact: SaidFact) -> tuple[int, int]:
        if fact.topic == "attribute":
            return (2 if asks_others else 0), fact.steps
        is_asked = fact.topic in topics or (fact.topic == "fault" and not FAULT_TOPICS.isdisjoint(topics))
        return (1 if is_asked or fact.is_named_fault else 2), fact.steps

    once: dict[str, SaidFact] = {}
    for fact in said:
        once.setdefault(fact.text, fact)
    return sorted(once.values(), key=order)


@dataclass(frozen=True)
class Facts:
    """Says what is around the entities that were named."""

    around: Neighbourhood
    language: Language

    def list_all(self) -> Iterator[SaidFact]:
        """Yield all facts, those of what was named first before those of the next."""
        faults = self._choose_faults()
        for node in self.around.named:
            if node.kind == "fault":
                if node in faults:
                    yield from self._say_fault(node, is_named=True)
                continue
            yield from self._say_variants(node)
            for each in (node, *self.around.list_parents(node)):
                yield from self._say_relations(each)
            if not faults:
                yield from self._say_faults(node)

    def _choose_faults(self) -> list[GraphNode]:
        """Return the faults that were named, only those of the products that were named too where they have some."""
        faults = [node for node in self.around.named if node.kind == "fault"]
        products = {
            each.key
            for node in self.around.named
            if node.kind in {"product", "variant"}
            for each in (node, *self.around.list_parents(node))
        }
        own = [f for f in faults if any(e.subject in products for e in self.around.list_subjects("has_fault", f.key))]
        return own or faults

    def _say_variants(self, node: GraphNode) -> Iterator[SaidFact]:
        around = self.around
        yield from self._say(node, "variant_of", "variant_of", around.list_objects("variant_of", node.key), True)
        yield from self._say(node, "variants", "variants", around.list_subjects("variant_of", node.key), False)
        for parent in around.list_parents(node):
            others = [edge for edge in around.list_subjects("variant_of", parent.key) if edge.subject != node.key]
            yield from self._say(node, "siblings", "variants", others, False)

    def _say_relations(self, node: GraphNode) -> Iterator[SaidFact]:
        for kind, forwards, backwards in RELATIONS:
            objects, subjects = self.around.list_objects(kind, node.key), self.around.list_subjects(kind, node.key)
            if forwards == backwards:  # said by either row, told once
                told = {edge.object for edge in objects}
                subjects = [edge for edge in subjects if edge.subject not in told]
            yield from self._say(node, forwards, kind, objects, True)
            yield from self._say(node, backwards, kind, subjects, False)

    def _say_faults(self, node: GraphNode) -> Iterator[SaidFact]:
        for each in (node, *self.around.list_parents(node)):
            for edge in self.around.list_objects("has_fault", each.key):
                fault = self.around.nodes[edge.object]
                told = list(self._say_fault(fault, is_named=False))
                yield from told or self._say(each, "has_fault", "fault", [edge], True)

    def _say_fault(self, fault: GraphNode, is_named: bool) -> Iterator[SaidFact]:
        """Yield what causes a fault and what to do, of each row by itself, with the products that the row is about."""
        causes = self.around.list_subjects("causes", fault.key)
        remedies = self.around.list_objects("remedied_by", fault.key)
        products = self._list_fault_products(fault)
        name = name_node(fault, self.language)
        of_products = list_names(products, self.language)
        for passage_id in dict.fromkeys(edge.passage_id for edge in (*causes, *remedies)):
            parts = (
                ("cause", [self.around.nodes[e.subject] for e in causes if e.passage_id == passage_id]),
                ("remedy", [self.around.nodes[e.object] for e in remedies if e.passage_id == passage_id]),
            )
            separator = "；" if self.language == "zh" else "; "
            told = separator.join(
                WORDINGS[kind][self.language].format(list_names(nodes, self.language, separator))
                for kind, nodes in parts
                if nodes
            )
            text = (
                say("fault", self.language, name, of_products, told)
                if products
                else say("lone_fault", self.language, name, told)
            )
            yield SaidFact(text, passage_id, "fault", 1 if is_named else 2, is_named)
        if not causes and not remedies and is_named and products:
            edges = self.around.list_subjects("has_fault", fault.key)
            yield from self._say(fault, "fault_of", "fault", edges, False)

    def _list_fault_products(self, fault: GraphNode) -> list[GraphNode]:
        """Return the products that have a fault, only those that were named where it is one of theirs."""
        owners = [self.around.nodes[edge.subject] for edge in self.around.list_subjects("has_fault", fault.key)]
        named = {each.key for node in self.around.named for each in (node, *self.around.list_parents(node))}
        return [node for node in owners if node.key in named] or owners

    def _say(
        self, node: GraphNode, wording: str, topic: str, edges: Sequence[GraphEdge], is_forwards: bool
    ) -> Iterator[SaidFact]:
        """Yield a sentence for each passage that relations come from."""
        for passage_id in dict.fromkeys(edge.passage_id for edge in edges):
            own = [edge for edge in edges if edge.passage_id == passage_id]
            ends = dict.fromkeys(edge.object if is_forwards else edge.subject for edge in own)
            listed = list_names([self.around.nodes[key] for key in ends], self.language)
            steps = min(edge.steps for edge in own)
            yield SaidFact(
                say(wording, self.language, name_node(node, self.language), listed), passage_id, topic, steps
            )


RELATIONS: tuple[tuple[RelationKind, str, str], ...] = (
    ("belongs_with", "belongs_with", "belongs_with"),
    ("fits", "fits", "fitting"),
    ("replaces", "replaces", "replaced_by"),
    ("in_category", "in_category", "members"),
)
"""Relations of products, and how they are said from either end."""
