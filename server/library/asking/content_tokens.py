"""What a sentence says, as tokens that can be compared: words, numbers, codes, and pairs of Chinese characters."""

import re
import unicodedata
from collections.abc import Iterable
from itertools import pairwise

from server.library.asking.number_words import write_digits
from server.store.passage_tokens import stem

NUMBER = re.compile(r"\d+(?:[,\u00a0\u202f]\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?")
TOKEN = re.compile(
    rf"(?P<code>[a-z]+[-_/.]?\d[a-z\d]*(?:[-_/.][a-z\d]+)*|\d+[-_/]?[a-z]+\d[a-z\d]*)"
    rf"|(?P<time>(?<!\d)\d{{1,2}}:[0-5]\d(?!\d))|(?P<number>{NUMBER.pattern})"
    r"|(?P<word>[a-z\u00c0-\u024f\u0370-\u052f]+(?:'[a-z]+)?)"
    r"|(?P<han>[\u3400-\u9fff\u3040-\u30ff\uac00-\ud7af]+)"
)
STOP_WORDS = re.compile(
    "an?|the|and|or|but|of|to|in|on|at|by|for|from|with|as|is|are|was|were|be|been|being|its?|this|that|these|those|"
    "there|here|i|you|he|she|we|they|my|your|his|her|our|their|me|him|them|us|do|does|did|have|has|had|will|would|can|"
    "could|should|shall|may|might|must|not|no|yes|if|then|than|so|such|who|whom|whose|what|which|when|where|how|why|"
    "also|about|into|over|under|more|most|very|per|each|any|some|all|please|within|up|until|after|before|than|get|gets"
)
STOP_CHARACTERS = frozenset("的了是在和与或及也就都而着把被将为以于对从到它他她这那有个吗呢吧啊不能会可要应还很")

HAN = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff]")


def tokenize(text: str) -> tuple[str, ...]:
    """Return the tokens of a text that carry meaning, in order. Numbers begin with `#`, codes with `@`."""
    plain = write_digits(unicodedata.normalize("NFKC", text).casefold())
    return tuple(token for found in TOKEN.finditer(plain) for token in _read(found))


def _read(found: re.Match[str]) -> Iterable[str]:
    match found.lastgroup:
        case "number":
            yield f"#{normalize_number(found[0])}"
        case "time":
            yield f"#{found[0].removeprefix('0')}"
        case "code":
            yield f"@{re.sub('[-_/.]', '', found[0])}"
        case "han":
            yield from _pair(found[0])
        case _ if not STOP_WORDS.fullmatch(found[0]):
            yield stem(found[0].removesuffix("'s"))


def _pair(characters: str) -> Iterable[str]:
    """Yield the pairs of neighbours of which one carries meaning; a character alone stands for itself."""
    if len(characters) == 1:
        if characters not in STOP_CHARACTERS:
            yield characters
        return
    pairs = pairwise(characters)
    yield from (first + second for first, second in pairs if not STOP_CHARACTERS.issuperset((first, second)))


def normalize_number(text: str) -> str:
    """Return a number without separators of thousands and without zeros that say nothing."""
    plain = re.sub(r"[,\u00a0\u202f]", "", text).lstrip("0") or "0"
    if "." in plain:
        plain = plain.rstrip("0").rstrip(".") or "0"
    return f"0{plain}" if plain.startswith(".") else plain


def is_exact(token: str) -> bool:
    """Whether a token is a number or a code, which has no synonym."""
    return token[0] in "#@"


def weigh(token: str) -> float:
    """Return how much a token tells about where a sentence is from."""
    if is_exact(token):
        return 3.0
    return 0.3 if not STOP_CHARACTERS.isdisjoint(token) else 1.0


def is_chinese(text: str) -> bool:
    return HAN.search(text) is not None
