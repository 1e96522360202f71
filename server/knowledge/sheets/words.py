"""The words of the knowledge base's files: each list has a name, and lies in `server/knowledge/words/`."""

import unicodedata
from collections.abc import Mapping
from functools import cache
from importlib.resources import files


def fold_word(text: str) -> str:
    """Return a word in one case and width, with nothing but its letters, digits and signs that mean something."""
    plain = unicodedata.normalize("NFKC", text).casefold()
    return "".join(each for each in plain if each.isalnum() or unicodedata.category(each) in ("So", "Sm"))


@cache
def read_words(name: str) -> Mapping[str, str]:
    """Return what each folded word of the file `name` means; the first meaning where it has two."""
    text = (files("server.knowledge") / "words" / f"{name}.txt").read_text(encoding="utf-8")
    meanings: dict[str, str] = {}
    for line in text.splitlines():
        meaning, found, words = line.partition(": ")
        if found and not line.startswith("#"):
            for word in words.split(", "):
                meanings.setdefault(fold_word(word), meaning)
    return meanings


def find_meaning(file: str, word: str) -> str | None:
    """Return what a word means by the file `file`, None where it has no meaning there."""
    return read_words(file).get(fold_word(word))
