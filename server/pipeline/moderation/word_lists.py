"""Word lists as an operator writes them: a folder with one text file for each category.

`violence.txt` has one word or phrase on each line; lines that start with `#` are comments. `categories.toml` beside it
has the action and the names of each category. The file may be missing, and so may any line in it:

    [violence]
    action = "block"    # or mask, or flag
    zh = "暴力"
    en = "violence"
"""

import hashlib
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Self

import msgspec

CATEGORIES_FILE = "categories.toml"
EXAMPLE = Path(__file__).parent / "lists"
"""The shipped lists: invented words, one category for each action."""


class WordListError(ValueError):
    """A word list cannot be used; the text has the file, the line if known, and the cause."""


class Action(StrEnum):
    BLOCK = "block"  # the question is not answered, the answer ends
    MASK = "mask"  # each character is replaced
    FLAG = "flag"  # only noted


class _Options(msgspec.Struct, forbid_unknown_fields=True):
    action: Action = Action.BLOCK
    zh: str = ""
    en: str = ""


@dataclass(frozen=True)
class Category:
    """A category of words. `name` is the file's name; `zh` and `en` are for people, and default to it."""

    name: str
    action: Action
    zh: str
    en: str


@dataclass(frozen=True)
class Word:
    """A word as the list has it. `place` is its file and line."""

    text: str
    category: Category
    place: str


@dataclass(frozen=True)
class WordLists:
    """The lists of a folder. `digest` is a hash of all its files."""

    categories: tuple[Category, ...]
    words: tuple[Word, ...]
    digest: str

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read a folder. Raises `WordListError`, and `OSError` if a file cannot be read."""
        texts = {path.name: path.read_bytes() for path in sorted(folder.glob("*.txt"))}
        if not texts:
            raise WordListError(f"{folder}: has no word list, such as a file violence.txt")
        options_path = folder / CATEGORIES_FILE
        options_text = options_path.read_bytes() if options_path.exists() else b""
        categories = tuple(_read_categories(options_path, options_text, [Path(name).stem for name in texts]))
        pairs = zip(categories, texts.items(), strict=True)
        words = tuple(word for category, (name, text) in pairs for word in _read_words(folder / name, text, category))
        return cls(categories, words, _compute_digest({**texts, CATEGORIES_FILE: options_text}))


def _read_categories(path: Path, text: bytes, names: list[str]) -> Iterator[Category]:
    try:
        tables = tomllib.loads(_decode(path, text))
        options = msgspec.convert(tables, dict[str, _Options])
    except (tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise WordListError(f"{path}: {error}") from error
    unknown = sorted(options.keys() - set(names))
    if unknown:
        raise WordListError(f"{path}: [{unknown[0]}] has no file {unknown[0]}.txt beside it")
    for name in names:
        found = options.get(name, _Options())
        yield Category(name, found.action, found.zh or name, found.en or name)


def _read_words(path: Path, text: bytes, category: Category) -> Iterator[Word]:
    for number, line in enumerate(_decode(path, text).split("\n"), start=1):
        word = line.strip()
        if word and not word.startswith("#"):
            yield Word(word, category, f"{path}, line {number}")


def _decode(path: Path, text: bytes) -> str:
    try:
        return text.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = text.count(b"\n", 0, error.start) + 1
        raise WordListError(f"{path}, line {line}: is not UTF-8; save the file in that encoding") from error


def _compute_digest(texts: dict[str, bytes]) -> str:
    sums = "".join(f"{name}\0{hashlib.sha256(text).hexdigest()}\n" for name, text in sorted(texts.items()))
    return hashlib.sha256(sums.encode()).hexdigest()
