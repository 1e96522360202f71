"""The names of collections of the knowledge base, and the texts that references to entities are compared by."""

import unicodedata
from hashlib import sha256

from server.matching.names import fold_name
from server.store.errors import CollectionNameRefused
from server.store.tables import clean

MAX_COLLECTION_NAME = 64

SIGNS = frozenset("-_.")
LETTERS = frozenset("LMN")
"""The first letters of the categories of letters of any script, of the marks upon them, and of digits."""

MAX_FOLDED = 160
"""How many characters of a folded text are compared: an index of PostgreSQL takes no more than 2,700 bytes."""

NUM_DIGITS = 32


def normalize_collection_name(name: str) -> str:
    """Return a name as it is stored: letters with accents are written in one way."""
    return unicodedata.normalize("NFC", name)


def check_collection_name(name: str) -> str:
    """Return the name that is stored. Raises `CollectionNameRefused`."""
    normal = normalize_collection_name(name)
    has_known = all(each in SIGNS or unicodedata.category(each)[0] in LETTERS for each in normal)
    if not 1 <= len(normal) <= MAX_COLLECTION_NAME or not has_known or normal.startswith("."):
        raise CollectionNameRefused(MAX_COLLECTION_NAME)
    return normal


def fold_reference(text: str) -> str:
    """Return what a key, a name or a reference to one is compared by. The end of a long one becomes its hash."""
    folded = fold_name(clean(text) or "")
    if len(folded) <= MAX_FOLDED:
        return folded
    return f"{folded[:MAX_FOLDED]}~{sha256(folded.encode()).hexdigest()[:NUM_DIGITS]}"
