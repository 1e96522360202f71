"""The model, as it is asked about tables."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from server.turn.pictures import PictureSource
from server.turn.turn import Turn, TurnMessage, build_options


class TableModel(Protocol):
    """Asks the model on somebody's account."""

    async def ask(self, turn: Turn) -> tuple[str, bool]:
        """Return the answer to a turn, and whether it is complete. Raises `ServerError` and `InputError`."""
        ...


def make_turn(
    parts: Sequence[str | PictureSource], max_new_tokens: int, schema: Mapping[str, Any] | None = None
) -> Turn:
    """Return a question for which the likeliest answer is taken; what repeats is right in tables."""
    options = build_options(temperature=0, repetition_penalty=1.0, max_new_tokens=max_new_tokens)
    return Turn((TurnMessage("user", tuple(parts)),), options, schema=schema)
