"""Whether a passage says of something the number that a sentence says of it, rather than of something else."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from server.library.asking.content_tokens import is_chinese, is_exact, tokenize
from server.library.asking.number_units import differ, find_units
from server.library.asking.sentences import ENDS, split_sentences

WRAPPED_CHARACTERS, WRAPPED_WIDE_CHARACTERS = 40, 20
"""Shorter lines than these are rows or labels, not lines of a paragraph."""

WRAPPED_SHARE = 0.7
"""A line is the beginning of the next where it is at least so long beside the longest."""

PRICE = re.compile(r"cost|pric|价格|售价|单价|价钱|定价|收费|费用")
MONEY = frozenset({"yuan", "euro", "dollar"})
UNIT_WORDS = frozenset(
    (
        *("元", "年", "月", "日", "天", "周", "个月", "小时", "分钟", "秒", "公斤", "公里", "米", "克", "升"),
        *("工作", "作日", "个工", "euro", "dollar", "percent", "year", "month", "day", "week", "h", "min", "sec"),
        *("secon", "w", "kw", "v", "kg", "g", "l", "ml", "m", "km", "cm", "mm", "hz", "bar", "dolla", "perce"),
    )
)
"""What any number may count, so that it does not tell one from another."""

MAX_STEM = 5
"""How much of a word has to be the same: `weigh` and `weight`, `consume` and `consumption`."""

MIN_WORDS = 3
"""What says less beside its code is a label, which says nothing of its own."""


@dataclass(frozen=True)
class Piece:
    """A sentence, or a row: its tokens, and the codes that it is about."""

    text: str
    tokens: frozenset[str]
    codes: frozenset[str] = frozenset()
    goes_on: bool = False
    """Whether it is in one line with the piece before it, which may say what it is about."""

    @cached_property
    def words(self) -> frozenset[str]:
        """What is said of numbers, by the beginnings of words: neither these nor their units; for a price any word."""
        words = (token for token in self.tokens if not is_exact(token))
        return frozenset("price" if PRICE.match(word) else word[:MAX_STEM] for word in words) - UNIT_WORDS

    @property
    def is_price(self) -> bool:
        return any(MONEY & units for units in self.units.values())

    @cached_property
    def units(self) -> Mapping[str, frozenset[str]]:
        return find_units(self.text)

    @property
    def is_row(self) -> bool:
        return "\t" in self.text or "|" in self.text


def make_piece(text: str) -> Piece:
    tokens = frozenset(tokenize(text))
    return Piece(text, tokens, find_codes(tokens))


def cut_pieces(text: str) -> list[Piece]:
    """Return the sentences and rows of a text. A line without a code is about the code above it."""
    pieces: list[Piece] = []
    for found, goes_on in _join_wrapped(text):
        piece = replace(make_piece(found), goes_on=goes_on)
        if pieces and not piece.codes:
            piece = replace(piece, codes=pieces[-1].codes)
        pieces.append(piece)
    return pieces


def find_codes(tokens: Iterable[str]) -> frozenset[str]:
    return frozenset(token for token in tokens if token.startswith("@"))


def _join_wrapped(text: str) -> Iterator[tuple[str, bool]]:
    """Yield sentences and rows, the lines of a paragraph joined, and a label with the line below it.

    With each comes whether it goes on in the line of the one before.
    """
    places = list(split_sentences(text))
    longest = max((end - start for start, end in places), default=0)
    least = max(WRAPPED_SHARE * longest, WRAPPED_WIDE_CHARACTERS if is_chinese(text) else WRAPPED_CHARACTERS)
    start = 0
    for first, end in places:
        line = text[first:end]
        is_wrapped = line[-1] not in ENDS + "." and end - first >= least and "\t" not in line
        if end == places[-1][1] or not (is_wrapped or line[-1] in ":："):
            piece = text[start:end]
            yield piece.strip(), start > 0 and "\n" not in piece[: len(piece) - len(piece.lstrip())]
            start = end


def agree(sentence: Piece, pieces: Sequence[Piece], is_other_language: bool) -> bool:
    """Whether the numbers and codes of a sentence that a passage has stand beside something else that it says.

    That is another of its numbers or codes, or a word. In another language no words can be compared.
    """
    had = frozenset(token for piece in pieces for token in piece.tokens)
    left = {token for token in sentence.tokens & had if is_exact(token)}
    for place, piece in enumerate(pieces):
        found = {token for token in left & piece.tokens if _is_same(token, sentence, piece, had)}
        is_enough = is_other_language or (len(found) > 1 and any(token[0] == "#" for token in found))
        left -= found if is_enough else {token for token in found if _shares(sentence, pieces, place, token)}
    return not left


def _is_same(token: str, sentence: Piece, piece: Piece, had: frozenset[str]) -> bool:
    """Whether a number counts the same in a sentence and in a piece, and is about the same."""
    if not _is_about(piece, sentence.codes, sentence.codes & had):
        return False
    return not differ(sentence.units.get(token, ()), piece.units.get(token, ()))


def _is_about(piece: Piece, asked: frozenset[str], had: frozenset[str]) -> bool:
    """Whether a piece is not about another code than those `asked`, of which a passage has those in `had`.

    Where it has none, only codes in the piece itself, or of the same kind, say so: below AB-2 nothing is said of AB-1.
    """
    if not asked or not piece.codes or piece.codes & asked:
        return True
    is_inherited = not find_codes(piece.tokens)
    return not had and is_inherited and not _find_kinds(asked) & _find_kinds(piece.codes)


def _find_kinds(codes: Iterable[str]) -> set[str]:
    return {code.rstrip("0123456789") for code in codes}


def _shares(sentence: Piece, pieces: Sequence[Piece], place: int, token: str) -> bool:
    """Whether a passage says of a number, or of a code, something that a sentence says; or one of them nothing."""
    piece = pieces[place]
    if token[0] == "#":
        around = _read_before(pieces, place)
        is_about_code = bool(piece.codes & sentence.codes)
    else:
        around, is_about_code = _read_below(pieces, place, token), False
    asked = sentence.words | ({"price"} if sentence.words and sentence.is_price else frozenset())
    return is_about_code or not asked or not around or bool(asked & around)


def _read_before(pieces: Sequence[Piece], place: int) -> frozenset[str]:
    """Return what is said of the numbers of a piece: in it, in the heads of a table, and before it in its line."""
    piece, words = pieces[place], set(pieces[place].words)
    if pieces[0].is_row:
        words |= pieces[0].words
    if place and (piece.goes_on or not words):
        words |= pieces[place - 1].words
    return frozenset(words)


def _read_below(pieces: Sequence[Piece], place: int, token: str) -> frozenset[str]:
    """Return what is said of a code, in its piece and below; nothing where that is no more than a label."""
    words: set[str] = set(pieces[place].words)
    for other in pieces[place + 1 :]:
        if token not in other.codes:
            break
        words |= other.words
    return frozenset(words) if len(words) >= MIN_WORDS else frozenset()
