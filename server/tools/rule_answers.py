"""The answer of a rule, made by code from what its tool gave."""

from collections.abc import Mapping
from typing import Any

from server.errors.base import Language
from server.tools.result import ToolResult
from server.tools.rules import ToolRule
from server.tools.templates import ITEMS, FieldMissing, fill_template, find_field

MAX_ITEMS = 20
"""How many elements of a list are shown."""

FAILED: Mapping[Language, str] = {
    "zh": "现在查不到，请稍后再试，或联系人工客服。",
    "en": "This cannot be looked up at the moment. Please try again later, or ask for a person.",
}
SIGNED_OUT: Mapping[Language, str] = {
    "zh": "请先登录您的账户，登录后我才能为您查询或办理。",
    "en": "Please sign in to your account first. Then I can look this up or do it for you.",
}
LEFT_OUT: Mapping[Language, str] = {"zh": "……还有 {count} 条。", "en": "... and {count} more."}


def write_answer(rule: ToolRule, result: ToolResult, language: Language) -> str | None:
    """Return the answer; None where the model is to write it.

    Where a call failed, or its result lacks a field of the sentence, a sentence says so.
    """
    if rule.answer is None:
        return None
    try:
        if result.state != "done":
            return (
                FAILED[language] if rule.failed is None else fill_template(rule.failed[language], result.data, language)
            )
        return _fill(rule, result.data, language)
    except FieldMissing:
        return FAILED[language]


def _fill(rule: ToolRule, data: Any, language: Language) -> str:
    assert rule.answer is not None, "only rules with an answer are filled"
    listed = data if rule.items is None else find_field(data, rule.items)
    if not isinstance(listed, list):
        return fill_template(rule.answer[language], data, language)
    if not listed and rule.none is not None:
        return rule.none[language]
    fields = {**(data if isinstance(data, Mapping) else {}), "count": len(listed)}
    lines = "" if rule.item is None else _write_lines(rule.item[language], listed, language)
    before, has_place, after = rule.answer[language].partition(ITEMS)
    text = fill_template(before, fields, language)
    return f"{text}{lines}{fill_template(after, fields, language)}" if has_place else f"{text}\n{lines}".rstrip()


def _write_lines(template: str, listed: list[Any], language: Language) -> str:
    lines = [fill_template(template, each, language) for each in listed[:MAX_ITEMS]]
    if len(listed) > MAX_ITEMS:
        lines.append(LEFT_OUT[language].format(count=len(listed) - MAX_ITEMS))
    return "\n".join(lines)
