"""Several pictures that are told apart by number, in the question and in the answer."""

from collections.abc import Sequence
from dataclasses import dataclass

from server.errors.base import Language
from server.turn.turn import Label, PictureSource, TurnMessage

INSTRUCTIONS: dict[Language, str] = {
    "zh": "请用编号称呼这些图片。",
    "en": "Call the pictures by their numbers.",
}


@dataclass(frozen=True)
class Compared:
    picture: PictureSource
    name: str | None = None


def comparing(pictures: Sequence[Compared], question: str, language: Language) -> TurnMessage:
    """Every picture under its label, then the question."""
    parts: list[str | PictureSource] = []
    for number, compared in enumerate(pictures, start=1):
        parts += [label(number, language, compared.name), compared.picture]
    return TurnMessage("user", (*parts, Label(INSTRUCTIONS[language]), question))


def label(number: int, language: Language, name: str | None = None) -> Label:
    """What stands before a picture; numbers begin at 1."""
    if language == "zh":
        return Label(f"图片{number}（{name}）：" if name else f"图片{number}：")
    return Label(f"Picture {number} ({name}):" if name else f"Picture {number}:")
