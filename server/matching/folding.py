"""Folding: one form for all the ways to write a letter, so that a word is found however it is disguised.

Each character is folded by itself, without its neighbours. So a text may come in pieces, and each folded letter has one
place in the original. The order is NFKD, case folding, NFKD again (Unicode Standard Annex 15); then combining marks and
invisible characters are removed, traditional characters become simplified ones, and letters of other scripts that look
like Latin ones become those.
"""

import unicodedata
from importlib.resources import files

SPACE, SEPARATOR, INVISIBLE = " ", "\t", "\v"
"""What is folded to each: white space; punctuation and symbols; combining marks and characters without a shape.

For Python all three are white space, so that `str.split` removes them at once.
"""

BREAK = "."
"""What a sentence end is folded to. No word reaches over it."""

SENTENCE_ENDS = frozenset("。！？!?｡‼⁇⁈⁉")
PICTOGRAPHS = range(0x1F000, 0x1FB00)
"""Emoji and similar symbols, also those of a later Unicode than Python's."""

VOICING = frozenset("\u3099\u309a")
"""The voicing marks of kana. They make another letter, which an accent does not."""

FILLERS = frozenset("\u115f\u1160\u3164\uffa0")
"""Hangul letters without a shape."""

CYRILLIC = "\u0430\u0435\u043e\u0440\u0441\u0443\u0445\u043a\u0456\u0458\u0455\u04bb\u0501\u051b\u051d\u0475"
GREEK = "\u03b1\u03bf\u03bd\u03c1\u03b9\u03c5\u03c7\u03ba"
LATIN = "\u0131\u0251\u0261\u00f8\u0142\u0111"
LOOKALIKES = dict(zip(CYRILLIC + GREEK + LATIN, "aeopcyxkijshdqwv" + "aovpiuxk" + "iagold", strict=True))
"""Small letters that look like other ones, and those: for the eye they are one letter.

The general list has many that do not look alike in running text: https://www.unicode.org/reports/tr39/#confusables
"""

MAX_KNOWN = 2**16
"""How many characters are remembered: more than any language uses, in a few megabytes."""

FIRST_UNSPACED = 0x0E00
"""The first code point of Thai. From here on scripts have no spaces between words, except those in `SPACED_AGAIN`."""

SPACED_AGAIN = range(0x1E00, 0x2000)
"""Latin Extended Additional and Greek Extended."""

HANGUL_REST = range(0x1160, 0x1200)
"""Hangul vowels and final consonants: each belongs to the syllable before it."""


class Folding(dict[int, str]):
    """A table for `str.translate`, filled as it is used.

    A code point becomes its folded letters, or one of `SPACE`, `SEPARATOR`, `INVISIBLE` and `BREAK`. It never becomes
    nothing, so that in a folded text of the original's length each letter is where the original has it.
    """

    def __init__(self) -> None:
        super().__init__()
        self._merged = read_simplified_characters() | LOOKALIKES

    def __missing__(self, code_point: int) -> str:
        if len(self) >= MAX_KNOWN:
            self.clear()
        folded = self[code_point] = self._fold(chr(code_point))
        return folded

    def _fold(self, character: str) -> str:
        if character in SENTENCE_ENDS:
            return BREAK
        # marks are removed before the case is folded too: one of the Greek marks would become a letter
        folded = _decompose(_decompose(character).casefold())
        letters = "".join(self._merged.get(each, each) for each in folded)
        return letters or _classify(character)


class FoldedCharacters(dict[str, str]):
    """The same table by character, for reading one after the other: `str.translate` is slow for a few characters."""

    def __init__(self, folding: Folding) -> None:
        super().__init__()
        self._folding = folding

    def __missing__(self, character: str) -> str:
        if len(self) >= MAX_KNOWN:
            self.clear()
        folded = self[character] = self._folding[ord(character)]
        return folded


def read_simplified_characters() -> dict[str, str]:
    """Return the simplified form of each traditional character, the first choice in OpenCC's table of characters."""
    text = (files("opencc") / "dictionary" / "TSCharacters.txt").read_text(encoding="utf-8")
    pairs = (line.split("\t") for line in text.splitlines() if line)
    return {traditional: choices.split()[0] for traditional, choices in pairs}


def join_letters(folded: str) -> str:
    """Remove everything between the letters of a folded text; a break counts as a letter."""
    return "".join(folded.split())


def is_spaced(letter: str) -> bool:
    """Whether this letter's script puts spaces between words, so that a word ends where its letters end."""
    code_point = ord(letter)
    return letter.isalnum() and (code_point < FIRST_UNSPACED or code_point in SPACED_AGAIN)


def is_joined(letter: str, following: str) -> bool:
    """Whether two adjacent folded letters belong to one word, or to one syllable."""
    if is_spaced(following):
        return is_spaced(letter)
    return following in VOICING or ord(following) in HANGUL_REST


def _classify(character: str) -> str:
    """Return what a character that is no letter is folded to."""
    if character.isspace():
        return SPACE
    return SEPARATOR if _is_separator(character) else INVISIBLE


def _decompose(text: str) -> str:
    return "".join(each for each in unicodedata.normalize("NFKD", text) if _is_kept(each))


def _is_kept(character: str) -> bool:
    if character in VOICING:
        return True
    if character in FILLERS or _is_separator(character):
        return False
    return unicodedata.category(character) not in ("Mn", "Me", "Cf", "Cc")  # marks, and what has no shape


def _is_separator(character: str) -> bool:
    """Half a surrogate pair is one too: JSON may hold it, and what is shown for it is a symbol."""
    category = unicodedata.category(character)
    return category[0] in "ZPS" or category == "Cs" or ord(character) in PICTOGRAPHS
