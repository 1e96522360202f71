"""Sentences with places for fields of a result: `{order}`, `{shipment.number}`, `{lines.0.name}`."""

import re
from collections.abc import Mapping
from typing import Any

from server.errors.base import Language

PLACE = re.compile(r"\{([A-Za-z_]\w*(?:\.\w+)*)\}")
ITEMS = "{items}"
NOTHING = "-"
"""What stands for a field without a value."""

TRUTHS: Mapping[Language, tuple[str, str]] = {"zh": ("否", "是"), "en": ("no", "yes")}
MAX_VALUE = 500
"""The most characters of one field."""


class FieldMissing(LookupError):
    """A result has no field of this name."""


def fill_template(template: str, data: Any, language: Language) -> str:
    """Return a sentence with its places filled. Raises `FieldMissing`."""
    return PLACE.sub(lambda match: write_value(find_field(data, match[1]), language), template)


def find_field(data: Any, path: str) -> Any:
    """Return a field of a result; parts of the path are names, or places in lists. Raises `FieldMissing`."""
    for part in path.split("."):
        if isinstance(data, Mapping) and part in data:
            data = data[part]
        elif isinstance(data, list) and part.isdecimal() and int(part) < len(data):
            data = data[int(part)]
        else:
            raise FieldMissing(path)
    return data


def write_value(value: Any, language: Language) -> str:
    """Return a value as people read it, in one line: it cannot look like lines of the sentence."""
    if isinstance(value, bool):
        return TRUTHS[language][value]
    if value is None or value == "":
        return NOTHING
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, list):
        return ("、" if language == "zh" else ", ").join(write_value(each, language) for each in value)[:MAX_VALUE]
    return " ".join(str(value).split())[:MAX_VALUE]
