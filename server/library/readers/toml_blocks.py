"""Where the tables of a TOML file begin and end: its blocks, each under a header such as `[a.b]` or `[[a.b]]`.

The file must be valid: only strings, comments and brackets are told apart, as nothing else can hide a header.
"""

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import Any

_TOKEN = re.compile(
    r'"""(?:[^\\]|\\.)*?"""+' + r"|'''.*?'''+" + r"""|"(?:[^"\\\n]|\\.)*"|'[^'\n]*'|\#[^\n]*|[\[\]{}\n]""", re.S
)
_HEADER = re.compile(r"""[ \t]*(\[\[?)((?:"(?:[^"\\\n]|\\.)*"|'[^'\n]*'|[^\]"'\n])*)\]""")
_COMMENT = re.compile(r"[ \t]*#")


@dataclass(frozen=True)
class TomlBlock:
    """A stretch of a file, with the comments right above its header, which is at `header_start`.

    `path` are the keys of the header, none for what is above the first header. `is_item` says that the header adds an
    item to an array.
    """

    start: int
    end: int
    header_start: int = 0
    path: tuple[str, ...] = ()
    is_item: bool = False


def list_blocks(text: str) -> list[TomlBlock]:
    """Return the blocks of a valid TOML file in order; together they are all of its text."""
    headers = list(_find_headers(text))
    starts = [start for start, _ in headers]
    first = [TomlBlock(0, starts[0] if starts else len(text))]
    blocks = [
        TomlBlock(start, end, header.start(1), _read_path(header[2]), len(header[1]) == 2)
        for (start, end), (_, header) in zip(pairwise([*starts, len(text)]), headers, strict=True)
    ]
    return [*(block for block in first if block.end), *blocks]


def list_inline_tables(text: str, start: int, end: int) -> list[tuple[int, int]]:
    """Return where the tables are that are written within braces, but for those within one another."""
    found: list[tuple[int, int]] = []
    opened: list[int] = []
    for token in _TOKEN.finditer(text, start, end):
        if token[0] == "{":
            opened.append(token.start())
        elif token[0] == "}" and opened:
            begin = opened.pop()
            found += [] if opened else [(begin, token.end())]
    return found


def _find_headers(text: str) -> Iterator[tuple[int, re.Match[str]]]:
    """Yield the headers of tables, each with where its line begins, or those of the comments right above it."""
    place, depth = 0, 0
    above: int | None = None
    while place < len(text):
        header = None if depth else _HEADER.match(text, place)
        is_comment = not depth and _COMMENT.match(text, place) is not None
        if header:
            yield place if above is None else above, header
        above = (place if above is None else above) if is_comment else None
        place, depth = _find_next_line(text, header.end() if header else place, depth)


def _find_next_line(text: str, place: int, depth: int) -> tuple[int, int]:
    """Return where the next line begins that no string goes on over, and how many brackets are open there."""
    for token in _TOKEN.finditer(text, place):
        if token[0] == "\n":
            return token.end(), depth
        if token[0] in ("[", "{"):
            depth += 1
        elif token[0] in ("]", "}"):
            depth -= depth > 0  # the second of those that end a header counts for nothing
    return len(text), depth


@lru_cache(1000)
def _read_path(written: str) -> tuple[str, ...]:
    """Return the keys of a header."""
    path: list[str] = []
    table: dict[str, Any] = tomllib.loads(f"[{written}]\n")
    while table:
        ((key, table),) = table.items()
        path.append(key)
    return tuple(path)
