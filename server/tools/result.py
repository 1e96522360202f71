"""What a call of a business tool gives back."""

from dataclasses import dataclass
from typing import Any, Literal

ResultState = Literal["done", "failed", "unknown"]


@dataclass(frozen=True)
class ToolResult:
    """How a call ended: `done` with its data, `failed` without any effect, or `unknown` where it may have had one.

    `error` says in English why it is not done; it holds nothing secret. A call that failed may have data as well, such
    as what a shop says of an order that it does not find.
    """

    state: ResultState
    data: Any = None
    error: str | None = None


class ToolRefused(Exception):
    """Raised by a Python function of the operator that changed nothing; the text is told to the model."""
