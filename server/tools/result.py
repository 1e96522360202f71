"""What a call of a business tool gave."""

from dataclasses import dataclass
from typing import Any, Literal

ResultState = Literal["done", "failed", "unknown"]
"""`failed` calls are sure to have changed nothing; whether `unknown` ones did, only a person can find out."""


@dataclass(frozen=True)
class ToolResult:
    """How a call ended: `data` is any JSON that it gave, `error` in a few words why it gave none."""

    state: ResultState
    data: Any = None
    error: str | None = None
