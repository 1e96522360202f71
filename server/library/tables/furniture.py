"""Telling page furniture from what is written on a page: page numbers, running titles, and words such as 续表."""

import re
from collections.abc import Sequence

MAX_LINES = 6
"""More lines than this are no furniture."""

MAX_NEW_CHARACTERS = 60

_NUMBER = r"(?:第?\s*\d{1,4}\s*页?|page\s*\d{1,4})"
_OF = r"(?:\s*(?:/|of|，|,|共)\s*(?:共\s*)?\d{1,4}\s*页?)?"
PAGE_NUMBER = re.compile(rf"[-–—·\s]*{_NUMBER}{_OF}[-–—·\s]*", re.IGNORECASE)
_WORDS = r"(?:续表?|接上页|转下页|(?:table )?continued|cont['’.]?d?\.?)"
CONTINUED = re.compile(rf"[(（\[]?\s*{_WORDS}\s*[\d.\-]*\s*[)）\]]?.{{0,40}}", re.IGNORECASE)
DIGITS = re.compile(r"\d+")


def list_lines(text: str) -> list[str]:
    """Return the lines of a text that are not blank, each with single spaces."""
    return [line for line in (" ".join(line.split()) for line in text.splitlines()) if line]


def is_furniture(lines: Sequence[str], others: Sequence[str], num_new: int = 0) -> bool:
    """Whether lines are page furniture alone: some kinds always are, and so is what `others`, another page, has too.

    Up to `num_new` short lines that the other page does not have may be.
    """
    known = {DIGITS.sub("0", line) for line in others}
    new = [line for line in lines if not _is_always(line) and DIGITS.sub("0", line) not in known]
    is_short = all(len(line) <= MAX_NEW_CHARACTERS for line in new)
    return len(lines) <= MAX_LINES and len(new) <= num_new and is_short


def _is_always(line: str) -> bool:
    return PAGE_NUMBER.fullmatch(line) is not None or CONTINUED.fullmatch(line) is not None
