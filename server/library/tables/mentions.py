"""What of a table a question names: its columns, and the texts in its cells."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from server.library.tables.filtering import fold
from server.library.tables.header import JOINED_BY
from server.library.tables.plan import MAX_VALUES, Filter
from server.library.tables.profile import ColumnProfile

NOTE = re.compile(r"\s*(?:\([^()]*\)|\[[^\[\]]*\])\s*$")
LATIN = re.compile(r"[a-z0-9]")
MASK = "\x00"
"""Stands for characters of a question that are understood already."""


@dataclass(frozen=True)
class Mention:
    """A column that a question names, at the characters from `start` to `end` of it."""

    column: ColumnProfile
    start: int
    end: int


def mask(text: str, start: int, end: int) -> str:
    """Return a text in which some characters are taken."""
    return text[:start] + MASK * (end - start) + text[end:]


def list_aliases(name: str) -> list[str]:
    """Return what a column is called: its name, and its name without a unit in parentheses."""
    folded = fold(name)
    short = NOTE.sub("", folded)
    return [alias for alias in dict.fromkeys((folded, short)) if alias]


def find_term(text: str, term: str) -> re.Match[str] | None:
    """Find a term in a folded text: as whole words, in the plural too, where it is Latin letters or digits."""
    before = r"(?<![a-z0-9])" if LATIN.match(term[0]) else ""
    after = r"(?![a-z0-9])" if LATIN.match(term[-1]) else ""
    stem, end = (
        (term[:-1], "(?:y|ies)") if term[-1] == "y" else (term, "(?:e?s)?" if term[-1].isalpha() and after else "")
    )
    return re.search(f"{before}{re.escape(stem)}{end}{after}", text)


def find_columns(text: str, columns: Sequence[ColumnProfile]) -> tuple[list[Mention], str]:
    """Return the columns that a folded question names, in its order, and the question with them masked.

    Longer names are looked for first. A column under a group is named where both names are.
    """
    aliases = [*((alias, column) for column in columns for alias in list_aliases(column.name)), *_list_lone(columns)]
    found: list[Mention] = []
    groups: set[str] = set()
    for alias, column in sorted(aliases, key=lambda pair: len(pair[0]), reverse=True):
        if any(mention.column is column for mention in found):
            continue
        match = find_term(text, alias) or _find_parts(text, alias)
        if match is not None:
            found.append(Mention(column, match.start(), match.end()))
            text = mask(text, match.start(), match.end())
            groups.update(alias.split(JOINED_BY)[:-1])
    for group in groups:
        while (match := find_term(text, group)) is not None:
            text = mask(text, match.start(), match.end())
    return sorted(found, key=lambda mention: mention.start), text


def _list_lone(columns: Sequence[ColumnProfile]) -> Iterator[tuple[str, ColumnProfile]]:
    """Yield the last names of columns in several header rows, as far as no other column has them."""
    listed = [
        (list_aliases(column.name.split(JOINED_BY)[-1]), column) for column in columns if JOINED_BY in column.name
    ]
    counts = Counter(alias for aliases, _ in listed for alias in aliases)
    yield from ((alias, column) for aliases, column in listed for alias in aliases if counts[alias] == 1)


def _find_parts(text: str, alias: str) -> re.Match[str] | None:
    """Find the last name of a column in several header rows, where the others are in the question too."""
    *groups, last = alias.split(JOINED_BY)
    matches = [find_term(text, part) for part in groups] if groups else [None]
    return find_term(text, last) if all(matches) else None


def find_values(text: str, columns: Sequence[ColumnProfile]) -> tuple[list[Filter], str]:
    """Return filters for the texts of cells that a folded question has, and the question with them masked."""
    chosen: dict[str, list[str]] = {}
    for value, original, column in _list_values(columns):
        match = find_term(text, value)
        if match is None or (len(value) == 1 and not _is_marked_off(text, match)):
            continue
        chosen.setdefault(column.name, []).append(original)
        text = mask(text, match.start(), match.end())
    return [Filter(name, "eq", tuple(values[:MAX_VALUES])) for name, values in chosen.items()], text


def _list_values(columns: Sequence[ColumnProfile]) -> Iterator[tuple[str, str, ColumnProfile]]:
    """Return the texts of cells with their columns, the longest first, and those with a letter alone."""
    listed = (
        (value, original, column)
        for column in columns
        for value, original in column.values.items()
        if re.search(r"[^\W\d_]", value)
    )
    yield from sorted(listed, key=lambda entry: len(entry[0]), reverse=True)


def _is_marked_off(text: str, match: re.Match[str]) -> bool:
    """Whether a text of one character stands for itself in a question, and is no part of another word."""
    before, after = text[: match.start()], text[match.end() :]
    starts = not before or before[-1] in f"{MASK} 、和与及是为有\"'“‘「=" or before.endswith(("所有", "全部"))
    return starts and (not after or after[0] in f"{MASK} 、的类款和与及\"'”’」?？")
