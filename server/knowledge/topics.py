"""What a question asks of the product graph: relations and attributes, by word lists."""

import re
from collections.abc import Iterable
from functools import cache
from importlib.resources import files

from server.store.passage_tokens import normalise, stem

WORD = re.compile(r"[^\W_]+")
HAN = re.compile("[\u3400-\u9fff]")


@cache
def read_words(name: str) -> tuple[tuple[str, ...], ...]:
    """Return the groups of a word list, one a line."""
    lines = (files("server.knowledge") / "words" / name).read_text(encoding="utf-8").splitlines()
    return tuple(tuple(line.split(", ")) for line in lines)


@cache
def read_topics() -> dict[str, tuple[str, ...]]:
    """Return the words that ask for each kind of relation."""
    pairs = ((*line[0].partition(": ")[::2], line[1:]) for line in read_words("topics.txt"))
    return {kind: (first, *others) for kind, first, others in pairs}


def find_topics(question: str) -> list[str]:
    """Return the kinds of relations that a question asks for."""
    asked = Said(question)
    return [kind for kind, words in read_topics().items() if asked.has_any(words)]


def asks_for(question: "Said", attribute: str) -> bool:
    """Whether a question asks for an attribute: it has its name, or words for what such a name means."""
    if question.has_any([attribute]):
        return True
    name = Said(attribute)
    return any(name.has_any(words) and question.has_any(words) for words in read_words("attributes.txt"))


class Said:
    """A text in which words are looked for: English ones in any form, Chinese ones anywhere."""

    def __init__(self, text: str) -> None:
        self._plain = normalise(text)
        self._words = f" {join_stems(self._plain)} "

    def has_any(self, words: Iterable[str]) -> bool:
        """Whether one of the words is in the text."""
        return any(self._has(word) for word in words)

    def _has(self, word: str) -> bool:
        plain = normalise(word)
        if HAN.search(plain):
            return plain in self._plain
        stems = join_stems(plain)
        return bool(stems) and f" {stems} " in self._words


def join_stems(plain: str) -> str:
    """Return the words of a text without their endings."""
    return " ".join(stem(word) for word in WORD.findall(plain))


def is_in(text: str, language: str) -> bool:
    """Whether the name of an attribute is in a language."""
    return (HAN.search(text) is not None) == (language == "zh")
