"""The message that asks about several numbered pictures."""

from collections.abc import Sequence
from dataclasses import dataclass

from server.errors.base import Language
from server.turn.pictures import PictureSource
from server.turn.turn import Label, TurnMessage

INSTRUCTIONS: dict[Language, str] = {
    "zh": "请用编号称呼这些图片。",
    "en": "Call the pictures by their numbers.",
}


@dataclass(frozen=True)
class NamedPicture:
    """A picture, and the name that the user gave it."""

    picture: PictureSource
    name: str | None = None


def write_compare_message(pictures: Sequence[NamedPicture], question: str, language: Language) -> TurnMessage:
    """Return the user's message: each picture after its label, then the question."""
    parts: list[str | PictureSource] = []
    for number, named in enumerate(pictures, start=1):
        parts += [write_label(number, language, named.name), named.picture]
    return TurnMessage("user", (*parts, Label(INSTRUCTIONS[language]), question))


def write_label(number: int, language: Language, name: str | None = None) -> Label:
    """Return the label of the picture with this number, counted from 1."""
    if language == "zh":
        return Label(f"图片{number}（{name}）：" if name else f"图片{number}：")
    return Label(f"Picture {number} ({name}):" if name else f"Picture {number}:")
