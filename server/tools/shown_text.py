"""Values as plain text that can be no markup, hides nothing, and cannot look like another line.

What a model writes into an argument comes from what a customer wrote, or a document says: it may try to look like
something else.
"""

import json
import re
import unicodedata
from collections.abc import Mapping
from typing import Any

from server.errors.base import Language

MAX_LENGTH = 500
"""How many characters of a value are shown; how many more there are is said."""

HIDDEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
"""Categories of characters that have no shape, or change the order or the lines of others."""

SHAPELESS = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")
SHAPELESS_RANGES = (range(0xFE00, 0xFE10), range(0xE0100, 0xE01F0))
"""Characters of other categories without a shape: fillers, and selectors of variants."""

MAX_MARKS = 2
"""How many marks may stand over one letter: more cover the lines above."""

PLAIN = re.compile(r"(?!.*(://|www\.))[^\W_](?:[^\W_]|[ ,.:;/+\-，。、：；（）()？！?%])*", re.IGNORECASE)
"""What Markdown shows as it is, also in the middle of a line."""

EMPTY: Mapping[Language, str] = {"zh": "（空）", "en": "(empty)"}
MORE: Mapping[Language, str] = {"zh": "……（另有 {count} 个字符）", "en": "... ({count} more characters)"}
PLACE = re.compile(r"\{(\w+)\}")


def show_value(value: Any, language: Language) -> str:
    """Return a value as one line of text: text as it is, anything else as JSON."""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    shown = _quote(_name_hidden(text[:MAX_LENGTH])) or EMPTY[language]
    return shown + MORE[language].format(count=len(text) - MAX_LENGTH) if len(text) > MAX_LENGTH else shown


def fill_places(sentence: str, values: Mapping[str, Any], language: Language) -> str:
    """Return a sentence of a declaration with values in the places of their names; other places stay as they are."""
    return PLACE.sub(lambda found: show_value(values[found[1]], language) if found[1] in values else found[0], sentence)


def _quote(text: str) -> str:
    """Return text that Markdown shows as it is: as code where it might be markup or a link."""
    if not text or PLAIN.fullmatch(text):
        return text
    return f"`{text.replace('`', '[U+0060]')}`"


def _name_hidden(text: str) -> str:
    """Replace what has no shape of its own by the name of its code point, and other spaces by the ordinary one."""
    shown: list[str] = []
    num_marks = 0
    for character in text:
        category = unicodedata.category(character)
        num_marks = num_marks + 1 if category[0] == "M" else 0
        if num_marks > MAX_MARKS or category in HIDDEN or _is_shapeless(character):
            shown.append(f"[U+{ord(character):04X}]")
        else:
            shown.append(" " if category == "Zs" else character)
    return "".join(shown)


def _is_shapeless(character: str) -> bool:
    return character in SHAPELESS or any(ord(character) in each for each in SHAPELESS_RANGES)
