"""What the text of a cell is: several values in one, a truth value, Chinese or English."""

import re
from collections.abc import Iterable

from server.knowledge.sheets.words import find_meaning
from server.store.knowledge_records import TextLanguage

MAX_VALUES = 200
"""The most values that one cell is split into."""

_REFERENCES = re.compile(r"[;；、,，|｜\n\r]+|\s+/\s+")
_NAMES = re.compile(r"[;；、，|｜\n\r]+|(?<!\d),|,(?!\d)|\s+/\s+")
_WORDINGS = re.compile(r"[;；|｜\n\r]+")
_QUESTIONS = re.compile(r"(?<=[?？])\s*[,，、]?\s*(?=\S)")
_PATHS = re.compile(r"[;；、,，|｜\n\r]+|\s*(?:>|＞|→|»|›)\s*")
_WIDE = re.compile(r"[\u3400-\u9fff\uf900-\ufaff]")
_BLANK = re.compile(r"[-–—/\\\s.]*|n/?a|none|null|nil|无|没有|暂无|不适用", re.I)


def split_references(text: str) -> list[str]:
    """Return the codes or names of other things in a cell; `-` and `无` are none."""
    parts = [part for value in _split(_REFERENCES, text) for part in _split_codes(value)]
    return [value for value in parts if not _BLANK.fullmatch(value)]


def split_names(text: str) -> list[str]:
    """Return the names in a cell, where a comma within a number parts nothing."""
    return _split(_NAMES, text)


def split_categories(text: str) -> list[str]:
    """Return the categories in a cell, also those of a path such as `Clothes > Shirts`."""
    return [value for value in _split(_PATHS, text) if not _BLANK.fullmatch(value)]


def split_wordings(text: str) -> list[str]:
    """Return the questions in a cell. Commas are parts of questions, unless each part ends in a question mark."""
    parts = _split(_WORDINGS, text)
    if len(parts) == 1 and len(asked := _split(_QUESTIONS, text)) > 1:
        return asked
    return _split(re.compile("、"), text) if len(parts) == 1 else parts


def is_yes(text: str) -> bool:
    """Whether a cell says yes."""
    return find_meaning("marks", text) == "yes"


def find_language(text: str) -> TextLanguage:
    """Return the language of a text: Chinese where it has more Chinese characters than half of its Latin words."""
    num_wide = len(_WIDE.findall(text))
    num_words = len(re.findall(r"[A-Za-z]{2,}", text))
    return "zh" if num_wide > num_words / 2 else "en"


def read_language(text: str) -> TextLanguage | None:
    """Return the language that a cell names, None where it names none."""
    match find_meaning("marks", text):
        case "zh":
            return "zh"
        case "en":
            return "en"
    return None


def name_language(text: str) -> TextLanguage | None:
    """Return the language of a name, None for codes and numbers."""
    if _WIDE.search(text):
        return "zh"
    return "en" if re.search(r"[A-Za-z]{3,}", text) and not re.fullmatch(r"\S*\d\S*", text) else None


def unite(values: Iterable[str]) -> list[str]:
    """Return texts that are not empty, each once."""
    return list(dict.fromkeys(filter(None, values)))


def _split_codes(value: str) -> list[str]:
    """Return codes with slashes between them, which are made alike; a slash may be a part of a code."""
    parts = [part.strip() for part in value.split("/")]
    shapes = {re.sub(r"[0-9]+", "0", re.sub(r"[A-Za-z]+", "a", part)) for part in parts}
    is_list = len(parts) > 1 and len(shapes) == 1 and {"a", "0"} <= set(shapes.pop())
    return parts if is_list else [value]


def _split(pattern: re.Pattern[str], text: str) -> list[str]:
    return unite(part.strip() for part in pattern.split(text))[:MAX_VALUES]
