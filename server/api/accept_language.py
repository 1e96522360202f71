"""Which of the two languages a reader of errors wants: `Accept-Language`, RFC 9110, section 12.5.4."""

from server.errors.base import Language

LANGUAGES: dict[str, Language | None] = {"zh": "zh", "en": "en", "*": None}
"""By what a client names; None is any language."""


def preferred_language(accept_language: str, default: Language) -> Language:
    """Return the language that is preferred, by quality and then by order; `default` where neither is asked for."""
    wanted: list[tuple[float, Language]] = []
    for item in accept_language.split(","):
        tag, _, parameter = item.partition(";")
        named = tag.strip().split("-")[0].lower()
        quality = _quality(parameter)
        if quality > 0 and named in LANGUAGES:
            wanted.append((quality, LANGUAGES[named] or default))
    return max(wanted, key=lambda pair: pair[0])[1] if wanted else default


def _quality(parameter: str) -> float:
    name, _, value = parameter.strip().partition("=")
    if not name:
        return 1.0
    try:
        return float(value) if name.strip() == "q" else 1.0
    except ValueError:
        return 0.0
