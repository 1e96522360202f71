"""One form for all the ways to write a letter, so that a word is found however it is disguised.

Every character is folded alone, without a look at its neighbours: so a text may come in pieces, and each folded letter
has one place in the original. The order is NFKD, case folding, NFKD again (Unicode Standard Annex 15), then combining
marks and invisible characters go, then traditional characters become simplified ones.
"""

import unicodedata
from importlib.resources import files

SPACE, SEPARATOR, INVISIBLE = " ", "\t", "\v"
"""What white space is folded to; punctuation and symbols; and marks and characters without a shape.

To Python all three are white space, which its strings lose at once.
"""

BREAK = "."
"""What a sentence end is folded to: no word reaches over it."""

SENTENCE_ENDS = frozenset("。！？!?｡‼⁇⁈⁉")
PICTOGRAPHS = range(0x1F000, 0x1FB00)
"""Emoji and their like, those of later Unicodes than Python's too."""

VOICING = frozenset("\u3099\u309a")
"""Kana's voiced marks: they make another letter, where an accent does not."""

FILLERS = frozenset("\u115f\u1160\u3164\uffa0")
"""Hangul's letters without a shape."""

MAX_KNOWN = 2**16
"""Characters that are remembered: more than any language writes with, and no more memory than some megabytes."""

FIRST_UNSPACED = 0x0E00
"""Thai; from here on scripts are written without spaces, but for Latin's and Greek's extensions."""

SPACED_AGAIN = range(0x1E00, 0x2000)
HANGUL_REST = range(0x1160, 0x1200)
"""Vowels and final consonants: each goes on with the syllable before it."""


class Folding(dict[int, str]):
    """A table for `str.translate`, filled as it is used.

    A code point becomes its folded letters, or one of `SPACE`, `SEPARATOR`, `INVISIBLE` and `BREAK`; never nothing, so
    that a folded text of the same length has each letter where the original has it.
    """

    def __init__(self) -> None:
        super().__init__()
        self._simplified = simplified_characters()

    def __missing__(self, code_point: int) -> str:
        if len(self) >= MAX_KNOWN:
            self.clear()
        folded = self[code_point] = self._fold(chr(code_point))
        return folded

    def _fold(self, character: str) -> str:
        if character in SENTENCE_ENDS:
            return BREAK
        # marks go before the case is folded too: a Greek one would become a letter
        folded = _decompose(_decompose(character).casefold())
        letters = "".join(self._simplified.get(each, each) for each in folded)
        return letters or _mark(character)


class FoldedCharacters(dict[str, str]):
    """The same by characters, for what reads one after the other: a call of `str.translate` for a few takes longer."""

    def __init__(self, folding: Folding) -> None:
        super().__init__()
        self._folding = folding

    def __missing__(self, character: str) -> str:
        if len(self) >= MAX_KNOWN:
            self.clear()
        folded = self[character] = self._folding[ord(character)]
        return folded


def simplified_characters() -> dict[str, str]:
    """Traditional to simplified, by OpenCC's table of single characters and its first choice for each."""
    text = (files("opencc") / "dictionary" / "TSCharacters.txt").read_text(encoding="utf-8")
    pairs = (line.split("\t") for line in text.splitlines() if line)
    return {traditional: choices.split()[0] for traditional, choices in pairs}


def letters_of(folded: str) -> str:
    """A folded text without what is between its letters; a break counts as a letter."""
    return "".join(folded.split())


def is_spaced(letter: str) -> bool:
    """Whether words of this letter's script have spaces between them, so that a word ends where its letters do."""
    code_point = ord(letter)
    return letter.isalnum() and (code_point < FIRST_UNSPACED or code_point in SPACED_AGAIN)


def is_joined(letter: str, following: str) -> bool:
    """Whether two folded letters with nothing between them belong to one word, or to one syllable."""
    if is_spaced(following):
        return is_spaced(letter)
    return following in VOICING or ord(following) in HANGUL_REST


def _mark(character: str) -> str:
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
    return unicodedata.category(character)[0] in "ZPS" or ord(character) in PICTOGRAPHS
