"""The tokens of passages: words, codes and their parts, and of scripts without spaces single characters and pairs.

Case, width, accents of Latin letters and the two ways to write Chinese make no difference, nor does it whether small
numbers are written out, in Chinese those before a unit. A code is found however it is divided: `AB-123`, `AB 123` and
`AB123` have the tokens `ab`, `123` and `ab123`. English words lose their endings. A change here needs a migration that
fills the index anew.
"""

import re
import unicodedata
from collections.abc import Iterator
from functools import cache, lru_cache
from importlib.resources import files
from itertools import pairwise
from operator import add

MAX_WORD = 40
"""How many characters of a longer word count."""

MAX_CODE = 6
"""A chain of more parts than these, such as a web address, is no code."""

POINT = "·"
"""Stands in tokens for the point of `3.5`, so that they have letters and digits alone as far as they are ASCII."""

PAIRED = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3005-\u3007\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\U00020000-\U0003ffff"
)
"""Thai and its neighbours, kana, Han and Hangul: their words are not divided by spaces, or have endings."""

PART = re.compile(rf"(?P<paired>[{PAIRED}]+)|(?P<number>[0-9]+(?:\.[0-9]+)*)|(?P<word>[^\W\d_{PAIRED}]+|\d)")
WHOLE_PRICE = re.compile(r"(?<=\d)\.00(?![\d.])")
GROUPED = re.compile(r"(?<![\d,.])\d{1,3}(?:,\d{3})+(?![\d,])")
ACCENTED = re.compile("[\u00c0-\u024f\u1e00-\u1eff]")
ACCENT = re.compile("[\u0300-\u036f]")
POSSESSIVE = re.compile(r"['’]s\b")
UNITS = "天日年个月周小分秒元块寸级折次件台米人位盒包倍成页条项期层只片度克斤升瓦岁号楼套张本支瓶箱批步"
WRITTEN = re.compile(f"[一二两三四五六七八九十]{{1,3}}(?=[{UNITS}])")
DIGITS = {character: value for value, character in enumerate("一二三四五六七八九", start=1)} | {"两": 2}
NUMBERS = {
    word: str(value)
    for value, word in enumerate(["two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"], start=2)
}
NUMBERS |= {
    "twelve": "12",
    "fifteen": "15",
    "twenty": "20",
    "thirty": "30",
    "forty": "40",
    "sixty": "60",
    "ninety": "90",
}
JOINTS = frozenset(("", "-", "/", "_", " ", "+", "–", "‑"))

VOWEL = re.compile("[aeiouy]")
DOUBLED = re.compile(r"(?:([bdfgmnprt])\1)$")


def tokenize(text: str) -> list[str]:
    """Return the tokens of a text in order, each as often as it is there."""
    return _tokenize(normalise(text))


def normalise(text: str) -> str:
    """Return a text in the one way of writing that its tokens are made of."""
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text)
        if ACCENTED.search(text):
            text = unicodedata.normalize("NFKC", ACCENT.sub("", unicodedata.normalize("NFKD", text)))
        simplified = _read_simplified()
        if not simplified.keys().isdisjoint(text):
            text = "".join(simplified.get(character, character) for character in text)
        text = WRITTEN.sub(_write_digits, text)
    text = GROUPED.sub(lambda found: found[0].replace(",", ""), text.lower())
    return POSSESSIVE.sub("", WHOLE_PRICE.sub("", text))


@cache
def _read_simplified() -> dict[str, str]:
    """Return the simplified character for each traditional one."""
    text = (files("opencc") / "dictionary" / "TSCharacters.txt").read_text(encoding="utf-8")
    rows = (line.split() for line in text.splitlines() if line.strip())
    return {traditional: simplified for traditional, simplified, *_ in rows if len(traditional) == 1}


def _write_digits(found: re.Match[str]) -> str:
    """Return a number below 100 in digits; the characters as they are where they are no number."""
    tens, ten, ones = found[0].rpartition("十")
    if len(tens) > 1 or len(ones) > 1 or "十" in tens:
        return found[0]
    if not ten:
        return str(DIGITS[ones])
    return str(10 * DIGITS.get(tens, 1) + DIGITS.get(ones, 0))


def _tokenize(text: str) -> list[str]:
    tokens: list[str] = []
    chain: list[re.Match[str]] = []
    for part in PART.finditer(text):
        is_paired = part["paired"] is not None
        if chain and (is_paired or text[chain[-1].end() : part.start()] not in JOINTS):
            tokens += _join(text, chain)
            if is_paired and chain[-1].end() == part.start() and chain[-1]["number"]:
                tokens.append(_read(chain[-1]) + part[0][0])  # `7天`, and other units
            chain = []
        if is_paired:
            tokens += part[0]
            tokens += map(add, part[0], part[0][1:])
        else:
            tokens.append(_read(part))
            chain.append(part)
    tokens += _join(text, chain)
    return tokens


def _read(part: re.Match[str]) -> str:
    word: str = part[0]
    return word.replace(".", POINT)[:MAX_WORD] if part["number"] else NUMBERS.get(word) or stem(word[:MAX_WORD])


def _join(text: str, chain: list[re.Match[str]]) -> Iterator[str]:
    """Yield the codes of a chain of words and numbers: two neighbours with a number or a hyphen, and whole ones."""
    if len(chain) < 2:
        return
    whole = chain[:1]
    for first, second in pairwise(chain):
        joint = text[first.end() : second.start()]
        is_mixed = (first["number"] is None) != (second["number"] is None)
        if is_mixed or joint not in {"", " "}:
            yield _read(first) + (POINT if first["number"] and second["number"] else "") + _read(second)
        if joint == " ":
            yield from _join_whole(whole)
            whole = []
        whole.append(second)
    yield from _join_whole(whole)


def _join_whole(whole: list[re.Match[str]]) -> Iterator[str]:
    if 2 < len(whole) <= MAX_CODE and any(part["number"] for part in whole):
        yield "".join(_read(part) for part in whole)


@lru_cache(10_000)
def stem(word: str) -> str:
    """Return an English word without the endings of its plural and its tenses; others as they are."""
    if len(word) < 4 or not word.isascii() or not word.isalpha():
        return word
    return _drop_tense(drop_plural(word))


def drop_plural(word: str) -> str:
    """Return the singular of a regular English plural; other words as they are, except that a last `s` goes."""
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    if word.endswith(("sses", "xes", "ches", "shes", "zes")):
        return word[:-2]
    if word.endswith("s") and not word.endswith(("ss", "us", "is")):
        return word[:-1]
    return word


def _drop_tense(word: str) -> str:
    for ending in ("ing", "ed"):
        rest = word.removesuffix(ending)
        if rest != word and len(rest) > 2 and VOWEL.search(rest):
            word = rest[:-1] if DOUBLED.search(rest) else rest
            break
    return word[:-1] if len(word) > 4 and word.endswith("e") else word
