"""Questions that found nothing, as they are kept for the operator: short, and without what tells who asked."""

import re
import unicodedata

MAX_CHARACTERS = 300

EMAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
URL_QUERY = re.compile(r"(\bhttps?://[^\s?#，。；、）)]*)[?#][^\s，。；、）)]*", re.I)
DIGITS = re.compile(r"\d(?:[ -]?\d){5,}")
MASK = "***"


def normalize_question(question: str) -> str:
    """Return a question in one way of writing, without addresses, what URLs ask for, and long numbers."""
    masked = URL_QUERY.sub(rf"\1?{MASK}", question)  # first: afterwards the signs that end a URL look like parts of it
    text = " ".join(unicodedata.normalize("NFKC", masked).split())
    return DIGITS.sub(MASK, EMAIL.sub(MASK, text))[:MAX_CHARACTERS].rstrip()
