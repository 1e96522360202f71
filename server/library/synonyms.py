"""Words of shops and contracts that mean the same, which a search without a model would not find together."""

import re
from collections.abc import Iterator
from functools import cache
from importlib.resources import files

from server.store.passage_tokens import normalise, tokenize

Tokens = tuple[str, ...]

HAN = re.compile("[\u4e00-\u9fff]")


def find_synonyms(text: str) -> Iterator[tuple[Tokens, tuple[Tokens, ...]]]:
    """Yield the tokens of each known word of a normalised text, with those of the words that mean the same."""
    words = set(tokenize(text))
    for group in read_groups():
        for word, tokens in group:
            if (word in text) if HAN.search(word) else words.issuperset(tokens):
                yield tokens, tuple(other for _, other in group if other != tokens)


@cache
def read_groups() -> tuple[tuple[tuple[str, Tokens], ...], ...]:
    """Return the groups of `words/synonyms.txt`, one a line, each word with the tokens that it is looked up by."""
    lines = (files("server.library") / "words" / "synonyms.txt").read_text(encoding="utf-8").splitlines()
    return tuple(tuple((normalise(word), _read(word)) for word in line.split(", ")) for line in lines)


def _read(word: str) -> Tokens:
    """Return the tokens of a word, without the single characters that its pairs are made of."""
    tokens = tokenize(word)
    pairs = [token for token in tokens if len(token) == 2 and HAN.match(token)]
    return tuple(dict.fromkeys(pairs or tokens))
