"""Which kind of text a file is: HTML, Markdown, TOML, a table with delimiters, or none of them."""

import csv
import re
import tomllib
from collections import Counter
from pathlib import PurePath

from server.library.readers.encoding import decode_head
from server.library.readers.records import Kind

DELIMITERS = "\t,;|"
NUM_LINES = 50
AGREEMENT = 0.9
"""The share of a table's rows that have the same number of cells."""

STRONG_ROWS, STRONG_COLUMNS = 3, 3

ENDINGS: dict[str, Kind] = {
    ".csv": "csv",
    ".tsv": "tsv",
    ".tab": "tsv",
    ".toml": "toml",
    ".md": "markdown",
    ".markdown": "markdown",
    ".txt": "text",
    ".text": "text",
    ".log": "text",
}

HTML_START = re.compile(
    r"\s*(<\?xml[^>]*>\s*)?(<!--.*?-->\s*)*<(!doctype\s+html|html|head|body|title|meta|table|div|p|h[1-6]|ul|ol|span"
    r"|article|section|main|header|center|font|b|a|img|script|style|form|br)\b[^<]*>",
    re.I | re.S,
)
MARKDOWN_SIGNS = (
    re.compile(r"^#{1,6} \S", re.M),
    re.compile(r"^(```|~~~)", re.M),
    re.compile(r"^\s*\|.*\|\s*\n\s*\|[\s:|-]+\|\s*$", re.M),
    re.compile(r"^\s*[-*+] \S", re.M),
    re.compile(r"^\s*\d+\. \S", re.M),
    re.compile(r"\[[^\]\n]+\]\([^)\s]+\)"),
    re.compile(r"\*\*[^*\n]+\*\*"),
    re.compile(r"^> ", re.M),
    re.compile(r"^\S.*\n(={3,}|-{3,})$", re.M),
)
TOML_SIGN = re.compile(
    r"""^[ \t]*(?:\[{1,2}[^\[\]\n]+\]{1,2}[ \t]*(?:\#.*)?$"""
    r"""|(?:[\w-]+|"[^"\n]*"|'[^'\n]*')(?:[ \t]*\.[ \t]*(?:[\w-]+|"[^"\n]*"|'[^'\n]*'))*[ \t]*=)""",
    re.M,
)
TOML_ITEM = re.compile(r"^[ \t]*\[\[[^\[\]\n]+\]\][ \t]*(?:#.*)?$", re.M)
"""The header of an item of an array of tables, which no other format has."""

MIN_SIGNS = 2
"""A text with at least that many different signs of Markdown is Markdown."""


def find_text_kind(head: bytes, is_whole: bool, name: str) -> Kind | None:
    """Return which kind of text begins with `head`, None where it is no text."""
    text = decode_head(head, is_whole)
    if text is None:
        return None
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    named = ENDINGS.get(PurePath(name).suffix.lower())
    if HTML_START.match(text):
        return "html"
    if _is_toml(text, is_whole, PurePath(name).suffix.lower()):
        return "toml"
    return _find_table_kind(text, is_whole, named) or _find_prose_kind(text, named)


def _is_toml(text: str, is_whole: bool, suffix: str) -> bool:
    """Whether a text is TOML, as its name says, or as all of it can be read so and nothing else has such headers.

    What is named so, but has mistakes, is TOML: whoever sent it is told where they are.
    """
    if suffix:
        return suffix == ".toml" and TOML_SIGN.search(text) is not None
    items = list(TOML_ITEM.finditer(text))
    if not items:
        return False
    try:
        tomllib.loads(text if is_whole else text[: items[-1].start()])
    except (tomllib.TOMLDecodeError, RecursionError):
        return False
    return is_whole or len(items) > 1


def _find_prose_kind(text: str, named: Kind | None) -> Kind:
    num_signs = sum(sign.search(text) is not None for sign in MARKDOWN_SIGNS)
    return "markdown" if named == "markdown" or num_signs >= MIN_SIGNS else "text"


def _find_table_kind(text: str, is_whole: bool, named: Kind | None) -> Kind | None:
    """Return the kind of a table; one of few rows or columns must have its name. Markdown and JSON may hold others."""
    if named in ("csv", "tsv"):
        delimiter = _find_delimiter(text, is_whole, 1, 2)
        return "tsv" if delimiter == "\t" or (delimiter is None and named == "tsv") else "csv"
    if named == "markdown" or text.lstrip().startswith(("{", "[")):
        return None
    delimiter = _find_delimiter(text, is_whole, STRONG_ROWS, STRONG_COLUMNS)
    return None if delimiter is None else "tsv" if delimiter == "\t" else "csv"


def _find_delimiter(text: str, is_whole: bool, min_rows: int, min_columns: int) -> str | None:
    """Return the delimiter that parts most of the first lines into as many cells each, None where none does."""
    lines = text.split("\n")[:NUM_LINES]
    if not is_whole and len(lines) < NUM_LINES:
        lines = lines[:-1]
    best: tuple[int, str] | None = None
    for delimiter in DELIMITERS:
        num_columns = _count_columns(lines, delimiter, min_rows)
        if num_columns >= min_columns and (best is None or num_columns > best[0]):
            best = num_columns, delimiter
    return best[1] if best else None


def _count_columns(lines: list[str], delimiter: str, min_rows: int) -> int:
    """Return how many cells the rows have that a delimiter makes; 0 where they do not agree."""
    try:
        rows = [row for row in csv.reader(lines, delimiter=delimiter) if any(row)]
    except csv.Error:
        return 0
    if len(rows) < min_rows:
        return 0
    num_columns, num_agreeing = Counter(map(len, rows)).most_common(1)[0]
    return num_columns if num_agreeing >= AGREEMENT * len(rows) else 0
