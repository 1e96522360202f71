"""The names of the entities of one document, to be found in texts. Never changes once it is made.

The automaton reads tokens as letters: a character of Chinese is one anyhow, and each word has a character of its own.
So no name is found within a longer word. A name takes about 0.5 KB.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from server.knowledge.name_tokens import NameTokens, TokenText
from server.matching.automaton import Automaton
from server.store.knowledge_records import Entity

FIRST_LETTER = 0x40000
"""The first of the characters that stand for tokens: 851,968, more than any document has different ones of."""

UNKNOWN = "\0"
"""Stands for a word that no name has."""

MIN_DIGITS = 5
"""A shorter number is a name only where the text says so: `model 300`."""

CUE = re.compile(
    r"(?:#|\b(?:no|item|product|model|sku|code|art|article|style|type|version|error|fault|key)|编号|货号|型号|款号|商品|产品"
    r"|编码|故障|故障码|代码|错误)\.?\s*[:：#]?\s*\Z",
    re.I,
)
AROUND = frozenset("的是有和与跟或吗呢多几要买卖换把个件款双条瓶只台支包盒这那在什怎贵便能可")
"""What may stand beside a name of one character: 雨伞 does not name 伞."""


@dataclass(frozen=True, slots=True)
class NameHit:
    """A name that was found in tokens `first` up to `end`, with the entities that have it."""

    first: int
    end: int
    entities: tuple[Entity, ...]


class NameIndex:
    """Finds names in texts."""

    def __init__(self, entities: Sequence[Entity], tokens: NameTokens) -> None:
        self.entities = tuple(entities)
        self._letters: dict[str, str] = {}
        self._owners: dict[str, list[int]] = {}
        for i, entity in enumerate(self.entities):
            for form in list_forms(entity, tokens):
                word = "".join(map(self._intern, form))
                owners = self._owners.setdefault(word, [])
                if i not in owners[-1:]:
                    owners.append(i)
        self._starts = frozenset(word[0] for word in self._owners)
        self._automaton = Automaton(self._owners)

    def find(self, text: TokenText) -> Iterator[NameHit]:
        """Yield the names in a text, in the order of their ends, those within others too."""
        letters = "".join(self._letters.get(token.text, UNKNOWN) for token in text.tokens)
        if self._starts.isdisjoint(letters):
            return
        _, found = self._automaton.read(letters, self._automaton.start)
        for last, state in found:
            for word in state.words():
                first, end = last + 1 - len(word), last + 1
                if text.is_name(first, end) and is_certain(text, first, end):
                    yield NameHit(first, end, tuple(self.entities[i] for i in self._owners[word]))

    def _intern(self, token: str) -> str:
        """Return the character that stands for a token."""
        return self._letters.setdefault(token, chr(FIRST_LETTER + len(self._letters)))


def list_forms(entity: Entity, tokens: NameTokens) -> set[tuple[str, ...]]:
    """Return all ways in which the names and the key of an entity may be written."""
    texts = {entity.key, *(name.text for name in entity.names)}
    return {form for text in texts for form in tokens.read_name(text)}


def is_certain(text: TokenText, first: int, end: int) -> bool:
    """Whether tokens that are so short that they may mean anything are a name here."""
    token = text.tokens[first]
    if end - first > 1 or (len(text.tokens) == 1):
        return True
    if token.is_single:
        return all(_may_stand_beside(text, i) for i in (first - 1, end))
    is_weak = (token.is_number and len(token.text) < MIN_DIGITS) or len(token.text) == 1
    return not is_weak or CUE.search(text.plain[: token.start]) is not None


def _may_stand_beside(text: TokenText, i: int) -> bool:
    if not 0 <= i < len(text.tokens):
        return True
    token = text.tokens[i]
    return not token.is_single or token.text in AROUND
