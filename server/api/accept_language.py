"""Which of the two languages a reader of errors wants: `Accept-Language`, RFC 9110, section 12.5.4."""

LANGUAGES = ("zh", "en")


def preferred_language(accept_language: str, default: str) -> str:
    """`zh` or `en`, by quality and then by order; `default` where neither is asked for."""
    wanted: list[tuple[float, str]] = []
    for item in accept_language.split(","):
        tag, _, parameter = item.partition(";")
        language = tag.strip().split("-")[0].lower()
        quality = _quality(parameter)
        if quality > 0:
            wanted.append((quality, default if language == "*" else language))
    known = [(quality, language) for quality, language in wanted if language in LANGUAGES]
    return max(known, key=lambda pair: pair[0])[1] if known else default


def _quality(parameter: str) -> float:
    name, _, value = parameter.strip().partition("=")
    if not name:
        return 1.0
    try:
        return float(value) if name.strip() == "q" else 1.0
    except ValueError:
        return 0.0
