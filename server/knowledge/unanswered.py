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
    text = " ".join(unicodedata.normalize("NFKC", question).split())
    text = URL_QUERY.sub(rf"\1?{MASK}", EMAIL.sub(MASK, text))
    return DIGITS.sub(MASK, text)[:MAX_CHARACTERS].rstrip()
