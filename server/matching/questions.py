"""Questions that found nothing, as they are kept for the operator: short, and without what tells who asked."""

import re
import unicodedata

MAX_CHARACTERS = 300
MAX_READ = 4 * MAX_CHARACTERS
"""So much of a question is looked at, up to a space: the patterns take the square of it."""

EMAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
URL_QUERY = re.compile(r"(\bhttps?://[^\s?#，。；、）)]*)[?#][^\s，。；、）)]*", re.I)
NUMBER = re.compile(
    r"(?<![A-Za-z0-9])(?:\d(?:[ -]?\d){5,}(?:[Xx](?![A-Za-z0-9]))?"
    r"|(?=(?:[A-Za-z-]*\d){6})[A-Za-z0-9]+(?:-[A-Za-z0-9]+)*)"
)
"""The number of a telephone, an order or a card: six digits or more, with letters only where no space parts them."""

MASK = "***"


def normalize_question(question: str) -> str:
    """Return a question in one way of writing, without addresses, what URLs ask for, and long numbers."""
    read = question if len(question) <= MAX_READ else question[:MAX_READ].rpartition(" ")[0]
    masked = URL_QUERY.sub(
        rf"\1?{MASK}", read or question[:MAX_CHARACTERS]
    )  # first: afterwards the signs that end a URL look like parts of it
    text = " ".join(unicodedata.normalize("NFKC", masked).split())
    return NUMBER.sub(MASK, EMAIL.sub(MASK, text))[:MAX_CHARACTERS].rstrip()
