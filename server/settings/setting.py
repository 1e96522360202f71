"""What a setting is: a field of a dataclass with a help text."""

from dataclasses import field
from typing import Any

NOTHING = "none"
"""The value of a setting that is left empty."""

AUTO = "auto"


def setting(default: Any, help_text: str, **options: Any) -> Any:
    """Return a field with its help text. `options`: `choices`, `items`, `least`, `most`, `also` (another variable)."""
    return field(default=default, metadata={"help": help_text, **options})
