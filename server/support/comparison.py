"""Pictures that are told apart by number, in the question and in the answer."""

from server.support.profiles import Language

INSTRUCTIONS: dict[Language, str] = {
    "zh": "请用编号称呼这些图片。",
    "en": "Call the pictures by their numbers.",
}


def label(number: int, language: Language, name: str | None = None) -> str:
    """What stands before a picture; numbers begin at 1."""
    if language == "zh":
        return f"图片{number}（{name}）：" if name else f"图片{number}："
    return f"Picture {number} ({name}):" if name else f"Picture {number}:"
