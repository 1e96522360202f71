"""The shipped lists, read once for all tests: nothing that reads them can change them."""

from functools import cache

from server.pipeline.typos.chinese import ChineseSpelling
from server.pipeline.typos.corrector import Corrector
from server.pipeline.typos.dictionary import Dictionary
from server.pipeline.typos.english import EnglishSpelling


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
