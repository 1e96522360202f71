"""Records of what people at the desk see at a glance. Times are in Unix seconds."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class DeskCounts:
    """How many sessions there are in each state; `mine` are those of the persons' that one of them has.

    `newest_s` is when the last of those that wait began to, None where none waits.
    """

    waiting: int = 0
    mine: int = 0
    person: int = 0
    closed: int = 0
    newest_s: float | None = None


@dataclass(frozen=True)
class LastWords:
    """What was said last in a session: by its customer, or by the person `name` who answered.

    Long texts are cut. What the model or a rule has answered does not count.
    """

    by: Literal["customer", "person"]
    name: str | None
    text: str
    num_pictures: int
    at_s: float
