"""Whether a question speaks of what other places are asked about: the refund of a ticket, the hours of a bank.

`words/elsewhere.txt` lists such things. A shop that says anything about one of them is asked about it.
"""

import re
from collections.abc import Iterable, Set
from functools import cache

from server.knowledge.matters import mark
from server.knowledge.topics import HAN, join_stems, read_words
from server.matching.automaton import Automaton
from server.store.library_records import Passage
from server.store.passage_index import count_tokens
from server.store.passage_tokens import normalise, tokenize

NAMED = re.compile(r"\b(?:my|an?)\s+(?P<name>[A-Z][a-z]{2,})")
"""What someone has or wants by its name: `my Tesla`."""


def is_elsewhere(question: str, known: Set[str]) -> bool:
    """Whether a question names something of another place, or by its name, whose tokens are not all known."""
    return any(not known >= set(tokenize(thing)) for thing in list_things(question))


def list_things(question: str) -> list[str]:
    """Return what a question has of other places, and what it calls by its name."""
    automaton = _read_automaton()
    _, ends = automaton.read(mark(question), automaton.start)
    words = [word.strip() for _, state in ends for word in state.words()]
    return [*words, *(found["name"] for found in NAMED.finditer(question))]


def join_tokens(passages: Iterable[Passage]) -> frozenset[str]:
    """Return the tokens that passages have together."""
    found: set[str] = set()
    for passage in passages:
        found |= count_tokens(passage.text, (passage.heading, passage.sheet, passage.document_name)).keys()
    return frozenset(found)


@cache
def _read_automaton() -> Automaton:
    words = (word for line in read_words("elsewhere.txt") for word in line)
    return Automaton(normalise(word) if HAN.search(word) else f" {join_stems(normalise(word))} " for word in words)
