"""Values of any kind as JSON that both databases take."""

import math
import re
from collections.abc import Mapping
from typing import Any

MAX_DEPTH = 50
"""How deeply values are nested that are kept as they are; what is deeper becomes text."""

MAX_INTEGER = 2**63 - 1
SURROGATES = re.compile("[\ud800-\udfff]")


def to_json(value: Any, depth: int = 0) -> Any:
    """Return a value as JSON: numbers that JSON does not have become null, and what else it does not have text.

    Half surrogate pairs, which no response can hold, become what stands for a character that is not known.
    """
    if isinstance(value, int) and abs(value) <= MAX_INTEGER:  # a truth value as well
        return value
    if value is None:
        return value
    if isinstance(value, str):
        return SURROGATES.sub("\ufffd", value)
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if depth >= MAX_DEPTH:
        return "..."
    if isinstance(value, Mapping):
        return {to_json(str(name)): to_json(item, depth + 1) for name, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [to_json(item, depth + 1) for item in value]
    return to_json(str(value))
