"""Rules of a profile: questions for which a tool is run by code, before the model is asked.

[[rules]]
zh = ["我的订单"]
en = ["my orders", "where is my order"]
tool = "list_orders"
answer = { zh = "您有 {count} 个订单：\n{items}", en = "You have {count} orders:\n{items}" }
item = { zh = "- {order}：{state_zh}", en = "- {order}: {state_en}" }
none = { zh = "您还没有订单。", en = "You have no orders." }
"""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from msgspec import Struct

from server.matching.folded import Folded
from server.matching.folding import BREAK, Folding
from server.tools.declaration import Declaration, Texts, ToolName

MAX_TEXT = 4000
"""How many characters of a message are looked at."""


class ToolRule(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Which questions run which tool, and what is answered.

    A question with one of the words `zh` or `en` matches. `arguments` are patterns searched for in the question, then
    in what the customer wrote before; `literals` are always the same. Where a required argument is not found, `missing`
    is answered, or without it the rule does not apply. Without an `answer` the model is given the result; `item` is a
    line for each element of a list, which is the field `items` of the result, or all of it; `none` is the answer where
    it is empty, `failed` where the call fails, and `signed_out` where the tool needs to know who asks, and does not.
    """

    tool: ToolName
    zh: tuple[str, ...] = ()
    en: tuple[str, ...] = ()
    arguments: dict[str, str] = {}
    literals: dict[str, str | int | bool] = {}
    missing: Texts | None = None
    answer: Texts | None = None
    items: str | None = None
    item: Texts | None = None
    none: Texts | None = None
    failed: Texts | None = None
    signed_out: Texts | None = None

    def __post_init__(self) -> None:
        """Raises `ValueError` for a rule that never matches, or whose patterns cannot be read."""
        if not self.zh and not self.en:
            raise ValueError("a rule needs words in zh or en")
        for word in (*self.zh, *self.en):
            if not _read_letters(word):
                raise ValueError(f"{word!r} has no letters, so it would be in every question")
        for pattern in self.arguments.values():
            try:
                re.compile(pattern)
            except re.error as error:
                raise ValueError(f"{pattern!r} is no regular expression: {error}") from error

    def matches(self, question: str) -> bool:
        """Whether a question has one of the words, however it is written; words of spaced scripts must be whole."""
        folded = _fold(question[:MAX_TEXT])
        return any(_has(folded, _read_letters(word)) for word in (*self.zh, *self.en))

    def has_asked(self, answer: str) -> bool:
        """Whether an answer asks for what is missing, so that the next question may be nothing but that."""
        return self.missing is not None and answer.strip() in (self.missing.zh.strip(), self.missing.en.strip())

    def is_answered(self, question: str) -> bool:
        """Whether a question has any of the arguments that are searched for."""
        return any(_search(pattern, question[:MAX_TEXT]) for pattern in self.arguments.values())

    def find_arguments(self, texts: Sequence[str], declaration: Declaration) -> dict[str, Any] | None:
        """Return the arguments found in `texts`, the newest first; None where a required one is not in them."""
        found: dict[str, Any] = dict(self.literals)
        for name, pattern in self.arguments.items():
            value = next(filter(None, (_search(pattern, text[:MAX_TEXT]) for text in texts)), None)
            if value is not None:
                found[name] = _convert(value, declaration.schema["properties"].get(name))
        required = declaration.required - declaration.identity.keys()
        return found if required <= found.keys() else None


def _search(pattern: str, text: str) -> str | None:
    """Return what a pattern finds, also where capitals are written small; its first group, if it has one."""
    match = re.search(pattern, text) or re.search(pattern, text.upper())
    if match is None:
        return None
    found: str | None = match[1] if match.re.groups else match[0]
    return found


def _convert(value: str, schema: Any) -> Any:
    """Return what was found as a number, where the argument is one; `三` is one too."""
    kind = schema.get("type") if isinstance(schema, Mapping) else None
    if kind not in ("integer", "number"):
        return value
    if value.isdecimal():
        return int(value)
    number = unicodedata.numeric(value, 0.5) if len(value) == 1 else 0.5
    return int(number) if number.is_integer() else value


def _has(folded: Folded, letters: str) -> bool:
    start = folded.letters.find(letters)
    while start >= 0:
        if not folded.is_inside(start) and not folded.is_inside(start + len(letters)):
            return True
        start = folded.letters.find(letters, start + 1)
    return False


def _read_letters(word: str) -> str:
    """Return the letters of a word, without the end of its sentence."""
    return _fold(word).letters.strip(BREAK)


def _fold(text: str) -> Folded:
    return Folded(text, _load_folding())


@cache
def _load_folding() -> Folding:
    return Folding()
