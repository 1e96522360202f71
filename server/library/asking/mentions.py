"""Which passages mention something, by their words alone."""

import re
import unicodedata
from collections.abc import Iterable

from server.store.library_records import Passage


def normalize(text: str) -> str:
    """Return a text whose case, width and white space do not matter any more."""
    plain = unicodedata.normalize("NFKC", text).casefold()
    return re.sub(r"(?<=[\u3400-\u9fff])\s+(?=[\u3400-\u9fff])", "", re.sub(r"\s+", " ", plain)).strip()


def make_pattern(term: str) -> re.Pattern[str]:
    """Return what finds a term as a whole word, in the singular or the plural."""
    plain = normalize(term)
    escaped = r"[\s-]+".join(map(re.escape, re.split(r"\s+", plain)))
    before = r"(?<![a-z0-9])" if plain[:1].isascii() and plain[:1].isalnum() else ""
    after = r"(?:e?s)?(?![a-z0-9])" if plain[-1:].isascii() and plain[-1:].isalnum() else ""
    return re.compile(before + escaped + after)


def find_mentions(passages: Iterable[Passage], term: str) -> list[Passage]:
    """Return the passages that mention a term, in their order."""
    patterns = [make_pattern(term)]
    if (plain := normalize(term)).isascii() and plain.endswith("s") and len(plain) > 3:
        patterns.append(make_pattern(plain[:-1]))
    return [each for each in passages if any(pattern.search(normalize(each.text)) for pattern in patterns)]
