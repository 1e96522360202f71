"""Correctors with the shipped words, which are read once for all tests: no test can change them."""

from functools import cache

from server.pipeline.typos.chinese import ChineseSpelling
from server.pipeline.typos.corrector import Corrector
from server.pipeline.typos.dictionary import Dictionary
from server.pipeline.typos.english import EnglishSpelling


@cache
def open_chinese() -> ChineseSpelling:
    return ChineseSpelling.open()


@cache
def open_english() -> EnglishSpelling:
    return EnglishSpelling.open()


@cache
def open_corrector() -> Corrector:
    return Corrector(open_chinese(), open_english(), Dictionary())


def make_corrector(*words: str, **pairs: str) -> Corrector:
    """Return a corrector that also has these words and pairs of an operator."""
    return Corrector(open_chinese(), open_english(), Dictionary(frozenset(words), pairs))
