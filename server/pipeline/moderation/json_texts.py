"""The texts in a JSON value: all its names, strings and numbers."""

from collections.abc import Callable
from typing import Any


def change_texts(value: Any, change: Callable[[str], str]) -> Any:
    """Return a copy of a JSON value with its texts changed, without recursion: it may be nested deeply."""
    whole = [value]
    waiting: list[tuple[Any, Any]] = [(whole, 0)]
    while waiting:
        holder, place = waiting.pop()
        found = holder[place]
        if isinstance(found, dict):
            holder[place] = names = {change(name): each for name, each in found.items()}
            waiting += ((names, name) for name in names)
        elif isinstance(found, list):
            holder[place] = items = found.copy()
            waiting += ((items, index) for index in range(len(items)))
        elif isinstance(found, str | int | float) and not isinstance(found, bool):
            changed = change(str(found))
            holder[place] = found if changed == str(found) else changed
    return whole[0]
