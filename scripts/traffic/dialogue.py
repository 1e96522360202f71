"""A dialogue as its client saw it, and whether the stored session agrees."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

Fate = Literal["answered", "left", "refused"]


@dataclass(frozen=True)
class AskedTurn:
    """A turn as its client saw it; `text` is the part of the answer that arrived."""

    question: str
    fate: Fate
    text: str


@dataclass
class Dialogue:
    user_id: str
    turns: list[AskedTurn] = field(default_factory=list)

    def find_errors(self, stored: Sequence[dict[str, Any]]) -> Iterator[str]:
        """Describe each turn that is lost, out of order, not marked as left, or stored with another text."""
        known = {turn.question: (place, turn) for place, turn in enumerate(self.turns)}
        found = {_question(turn): turn for turn in stored}
        places = [known[question][0] for question in found if question in known]
        if places != sorted(places) or len(found) != len(stored) or not found.keys() <= known.keys():
            yield f"{self.user_id}: the session holds other turns, or in another order: {list(found)}"
        for turn in self.turns:
            error = _find_error(turn, found.get(turn.question))
            if error:
                yield f"{self.user_id}, {turn.question!r}: {error}"


def _find_error(turn: AskedTurn, stored: dict[str, Any] | None) -> str | None:
    if turn.fate == "refused":
        return None if stored is None else "it was refused, but is in the session"
    if stored is None:
        return "it is lost" if turn.fate == "answered" or turn.text else None
    answer = _text(stored["messages"][-1])
    if turn.fate == "answered":
        return None if answer == turn.text else f"it was answered {turn.text!r}, but stored is {answer!r}"
    if stored["finish_reason"] not in ("abort", "stop", "length"):
        return f"its user left, and it is marked {stored['finish_reason']!r}"
    return None if _agree(turn.text, answer) else f"its client received {turn.text!r}, but stored is {answer!r}"


def _agree(told: str, stored: str) -> bool:
    """Whether the texts of a left answer agree: either may lack the end of the other."""
    return stored.startswith(told.strip()) or told.strip().startswith(stored.strip())


def _question(turn: dict[str, Any]) -> str:
    return _text(turn["messages"][0])


def _text(message: dict[str, Any]) -> str:
    return "".join(part["text"] for part in message["content"] if part["type"] == "text")
