"""Folding: every disguise of a letter becomes the letter, and no character becomes nothing."""

import sys
import unicodedata

import pytest

from server.matching import folding
from server.matching.folding import (
    BREAK,
    INVISIBLE,
    MAX_KNOWN,
    SEPARATOR,
    SPACE,
    FoldedCharacters,
    Folding,
    is_joined,
    is_spaced,
    join_letters,
    read_simplified_characters,
)


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("abc", "abc"),
        ("ABC", "abc"),
        ("ＡＢｃ１", "abc1"),
        ("ⓐ𝐛𝒸", "abc"),
        ("é", "e"),
        ("ñÅ", "na"),
        ("ß", "ss"),
        ("İ", "i"),
        ("ﬁ", "fi"),
        ("㎏", "kg"),
        ("²", "2"),
        ("壞詞", "坏词"),
        ("\u0410\u0455\u0455", "ass"),  # Cyrillic
        ("\u03ba\u03b1\u03bf", "kao"),  # Greek
        ("\u00d8\u0142\u0131", "oli"),
        ("後臺", "后台"),
        ("㈱", "株"),
        ("⾨", "门"),
    ],
)
def test_letters_are_folded(text: str, folded: str) -> None:
    assert text.translate(Folding()) == folded


@pytest.mark.parametrize(
    ("mark", "characters"),
    [
        (SPACE, " \t\n\r\u3000\u00a0\u2003"),
        (SEPARATOR, "-._*~·・•,，、；…—（）#@+|/'\"“”¨￥☆😀\U0001faff"),
        (INVISIBLE, "\u200b\u200d\ufeff\u00ad\u0301\u0336\u20dd\ufe0f\u034f\u0345\u3164\x07\0"),
        (BREAK, "。！？!?｡‼"),
    ],
)
def test_other_characters_are_folded_to_marks(mark: str, characters: str) -> None:
    assert characters.translate(Folding()) == mark * len(characters)


def test_nothing_folds_to_nothing_or_to_letters_among_marks() -> None:
    table = Folding()
    marks = {SPACE, SEPARATOR, INVISIBLE, BREAK}
    for code_point in range(0x30000):
        folded = table[code_point]
        assert folded in marks or (folded and not marks & set(folded)), hex(code_point)


def test_folding_twice_changes_nothing() -> None:
    table = Folding()
    for code_point in [*range(0x20, 0x2000), *range(0xFF00, 0xFFF0)]:
        once = table[code_point]
        if once.isalnum():
            assert once.translate(table) == once, hex(code_point)


def test_kana_keep_their_voicing_however_they_are_written() -> None:
    table = Folding()
    voiced = "ガ".translate(table)
    assert voiced == "ｶﾞ".translate(table) == unicodedata.normalize("NFD", "ガ").translate(table)
    assert voiced != "カ".translate(table)
    assert not is_joined("カ", "ナ")
    assert is_joined("カ", voiced[1])


def test_hangul_are_the_same_composed_or_not() -> None:
    table = Folding()
    composed = "각".translate(table)
    assert composed == unicodedata.normalize("NFD", "각").translate(table)
    assert composed.startswith("가".translate(table))
    assert is_joined("가".translate(table)[-1], composed[-1])


def test_the_number_of_remembered_characters_is_limited(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(folding, "MAX_KNOWN", 10)
    table = Folding()
    assert "".join(map(chr, range(0x4E00, 0x4E00 + 100))).translate(table).isalnum()
    assert len(table) <= 10
    assert sys.maxunicode > MAX_KNOWN


def test_single_characters_fold_as_a_text_does(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(folding, "MAX_KNOWN", 10)
    text = "aÉ壞㎏ \u200b。-각" * 2
    characters = FoldedCharacters(Folding())
    assert "".join(characters[each] for each in text) == text.translate(Folding())
    assert len(characters) == len(set(text))
    for code_point in range(0x4E00, 0x4E00 + 100):
        assert characters[chr(code_point)]
    assert len(characters) <= 10


def test_simplified_characters_are_single() -> None:
    table = read_simplified_characters()
    assert len(table) > 4000
    assert table["詞"] == "词"
    assert all(len(each) == 1 for pair in table.items() for each in pair)


def test_join_letters() -> None:
    assert join_letters(f"a{SPACE}b{SEPARATOR}{INVISIBLE}c{BREAK}d") == f"abc{BREAK}d"


@pytest.mark.parametrize("letter", [*"a1éщαأक", "ạ"])
def test_letters_of_spaced_scripts_are_spaced(letter: str) -> None:
    assert is_spaced(letter)


@pytest.mark.parametrize("letter", [*"词カกㅏ", SPACE, SEPARATOR, BREAK])
def test_letters_of_scripts_without_spaces_are_not_spaced(letter: str) -> None:
    assert not is_spaced(letter)


@pytest.mark.parametrize(
    ("letters", "joined"), [("ab", True), ("a1", True), ("a词", False), ("词a", False), ("词词", False), ("a.", False)]
)
def test_adjacent_letters_are_joined_or_not(letters: str, joined: bool) -> None:
    assert is_joined(*letters) is joined
