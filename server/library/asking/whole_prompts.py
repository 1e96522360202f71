"""What the model is asked about each segment of a document, and how its answer is read."""

import re
from collections.abc import Sequence
from contextlib import suppress
from typing import Any, TypeVar

import msgspec

from server.errors.base import Language
from server.library.asking.prompt import Part
from server.turn.turn import Label, Turn, TurnMessage, build_options

MAX_NOTE_TOKENS = 300
MAX_JSON_TOKENS = 1000
MAX_ITEMS = 40
MAX_NAME = 80

NOTES: dict[Language, str] = {
    "zh": "以上是一份长文档的一部分。请用不超过 120 字写出其中与下面的问题有关的要点，只写其中有的内容。"
    "如果与问题无关，只写“无”。",
    "en": "This is a part of a long document. Note in at most 80 words what in it is of use for the following "
    'question, and nothing that is not there. If nothing is, write only "none".',
}
ITEMS: dict[Language, str] = {
    "zh": "以上是一份长文档的一部分。请按原文写出其中属于下面问题所问的每一项的名称；没有则给出空列表。",
    "en": "This is a part of a long document. Name each thing in it that the following question asks for, as it is "
    "written there; give an empty list if there is none.",
}
VALUES: dict[Language, str] = {
    "zh": "以上是一份长文档的一部分。对于下面的问题，请写出其中每一项的名称（name）和所比较的数值（value），"
    "数值按原文写；没有可比较的数值则 value 为 null。",
    "en": "This is a part of a long document. For the following question, give the name of each thing in it and the "
    "value by which it is compared, as it is written; where there is none, the value is null.",
}
MENTIONS: dict[Language, str] = {
    "zh": "以上是一份文档的一部分。其中是否提到“{term}”？",
    "en": 'This is a part of a document. Does it mention "{term}"?',
}
GATHERED: dict[Language, str] = {
    "zh": "以下是按顺序对整份文档各部分所做的笔记：",
    "en": "These are notes on all parts of the document, in its order:",
}
ITEM_END = re.compile(r'\}|"')
"""Behind what a list that was cut off may be closed."""

NOTHING = frozenset(("无", "无。", "none", "none.", "nothing", "nothing."))
"""What notes are where there is nothing to note."""


class Named(msgspec.Struct):
    name: str
    value: str | None = None


class NamedValues(msgspec.Struct):
    items: list[Named]


class Names(msgspec.Struct):
    items: list[str]


Listed = TypeVar("Listed", NamedValues, Names)


class Mention(msgspec.Struct):
    is_mentioned: bool


def write_schema(**properties: Any) -> dict[str, Any]:
    """Return the schema of an object that has all of these properties."""
    closed = {"additionalProperties": False, "required": list(properties)}
    return {"type": "object", "properties": properties, **closed}


NAMES_SCHEMA = write_schema(
    items={"type": "array", "items": {"type": "string", "maxLength": MAX_NAME}, "maxItems": MAX_ITEMS}
)
MENTION_SCHEMA = write_schema(is_mentioned={"type": "boolean"})


def write_values_schema(texts: Sequence[str] | None) -> dict[str, Any]:
    """Return the schema of things with values, which are among `texts` if those are known.

    Of a single value there is one thing. Values come first, so that no long name keeps them away.
    """
    num_items = MAX_ITEMS if texts is None else min(MAX_ITEMS, 2 * len(texts) - 1)
    value: dict[str, Any] = (
        {"enum": [*texts, None]} if texts is not None else {"type": ["string", "null"], "maxLength": 40}
    )
    item = write_schema(value=value, name={"type": "string", "maxLength": MAX_NAME})
    return write_schema(items={"type": "array", "items": item, "minItems": 1, "maxItems": num_items})


def read_list(answer: str, kind: type[Listed]) -> Listed:
    """Return the list of an answer; of one that was cut off, what is whole before its end. Raises `ValueError`."""
    try:
        return msgspec.json.decode(answer, type=kind)
    except msgspec.ValidationError:
        raise
    except msgspec.DecodeError:
        for end in (found.end() for found in reversed(list(ITEM_END.finditer(answer)))):
            with suppress(msgspec.DecodeError):
                return msgspec.json.decode(f"{answer[:end]}]}}", type=kind)
        raise


def write_turn(
    parts: Sequence[Part],
    instruction: str,
    question: str,
    owner: str,
    schema: dict[str, Any] | None = None,
    max_new_tokens: int = MAX_NOTE_TOKENS,
) -> Turn:
    """Return a turn that asks about a segment."""
    message = TurnMessage("user", (*parts, *([Label(instruction)] if instruction else ()), question))
    options = build_options(temperature=0, max_new_tokens=max_new_tokens)
    return Turn((message,), options, schema=schema, owner=owner, is_background=True)
