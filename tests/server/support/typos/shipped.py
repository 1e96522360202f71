"""The shipped lists, read once for all tests: nothing that reads them can change them."""

from functools import cache

from server.support.typos.chinese import ChineseSpelling
from server.support.typos.corrector import Corrector
from server.support.typos.dictionary import Dictionary
from server.support.typos.english import EnglishSpelling


@cache
def chinese() -> ChineseSpelling:
    return ChineseSpelling.open()


@cache
def english() -> EnglishSpelling:
    return EnglishSpelling.open()


@cache
def corrector() -> Corrector:
    return Corrector(chinese(), english(), Dictionary())


def corrector_with(*words: str, **pairs: str) -> Corrector:
    return Corrector(chinese(), english(), Dictionary(frozenset(words), pairs))
