"""A dialogue as its user knows it, and whether the server's session says the same."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

Fate = Literal["answered", "left", "refused"]


@dataclass(frozen=True)
class Told:
    """A turn as its user saw it; `text` is as much of the answer as came."""

    question: str
    fate: Fate
    text: str


@dataclass
class Dialogue:
    user_id: str
    turns: list[Told] = field(default_factory=list)

    def faults(self, stored: Sequence[dict[str, Any]]) -> Iterator[str]:
        """`stored` are the session's turns. Whatever is lost, in another order, not marked or not what was said."""
        known = {turn.question: (place, turn) for place, turn in enumerate(self.turns)}
        found = {_question(turn): turn for turn in stored}
        places = [known[question][0] for question in found if question in known]
        if places != sorted(places) or len(found) != len(stored) or not found.keys() <= known.keys():
            yield f"{self.user_id}: the session holds other turns, or in another order: {list(found)}"
        for turn in self.turns:
            fault = _fault(turn, found.get(turn.question))
            if fault:
                yield f"{self.user_id}, {turn.question!r}: {fault}"


def _fault(told: Told, stored: dict[str, Any] | None) -> str | None:
    if told.fate == "refused":
        return None if stored is None else "it was refused, and is in the session"
    if stored is None:
        return "it is lost" if told.fate == "answered" or told.text else None
    answer = _text(stored["messages"][-1])
    if told.fate == "answered":
        return None if answer == told.text else f"it was answered {told.text!r}, and stored is {answer!r}"
    if stored["finish_reason"] not in ("abort", "stop", "length"):
        return f"its user left, and it is marked {stored['finish_reason']!r}"
    return None if _agree(told.text, answer) else f"it was told {told.text!r}, and stored is {answer!r}"


def _agree(told: str, stored: str) -> bool:
    """Of an answer that was left, more may be stored than was read, and the last piece read may be stored not."""
    return stored.startswith(told.strip()) or told.strip().startswith(stored.strip())


def _question(turn: dict[str, Any]) -> str:
    return _text(turn["messages"][0])


def _text(message: dict[str, Any]) -> str:
    return "".join(part["text"] for part in message["content"] if part["type"] == "text")
