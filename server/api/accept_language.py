"""The choice between Chinese and English by a request's `Accept-Language`: RFC 9110, section 12.5.4."""

from server.errors.base import Language

LANGUAGES: dict[str, Language | None] = {"zh": "zh", "en": "en", "*": None}
"""Languages by their primary subtag; None is any language."""


def choose_language(accept_language: str, default: Language) -> Language:
    """Return the language with the highest quality, the first of equals; `default` where the header names neither."""
    wanted: list[tuple[float, Language]] = []
    for item in accept_language.split(","):
        tag, _, parameter = item.partition(";")
        subtag = tag.strip().split("-")[0].lower()
        quality = _parse_quality(parameter)
        if quality > 0 and subtag in LANGUAGES:
            wanted.append((quality, LANGUAGES[subtag] or default))
    return max(wanted, key=lambda pair: pair[0])[1] if wanted else default


def _parse_quality(parameter: str) -> float:
    """Return the weight of `q=0.5`: 1 where there is none, 0 where it is no number."""
    name, _, value = parameter.strip().partition("=")
    if not name:
        return 1.0
    try:
        return float(value) if name.strip() == "q" else 1.0
    except ValueError:
        return 0.0
