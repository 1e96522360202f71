"""Texts cut into sentences and rows, with their places."""

import re
from collections.abc import Iterator

ENDS = "。！？；!?;…"
"""What ends a sentence wherever it stands; a full stop only before white space."""

CLOSERS = "”’」』）)]】》\"'*_"
"""What may still belong to a sentence after its end."""

BOUNDARY = re.compile(rf"(?:[{ENDS}]+|\.(?=\s|$|[{re.escape(CLOSERS)}]+(?:\s|$)))[{re.escape(CLOSERS)}]*|\n+")


def split_sentences(text: str) -> Iterator[tuple[int, int]]:
    """Yield where each sentence or row of a text begins and ends, without white space around it."""
    start = 0
    for end in (*(found.end() for found in BOUNDARY.finditer(text)), len(text)):
        piece = text[start:end]
        if stripped := piece.strip():
            first = start + len(piece) - len(piece.lstrip())
            yield first, first + len(stripped)
        start = end
