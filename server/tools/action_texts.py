"""What a customer is told of a call that changes data: what it would do, and how it ended."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from server.errors.base import Language
from server.store.service_records import Action, ActionState
from server.tools.shown_text import fill_places, show_value

HEAD: Mapping[Language, str] = {"zh": "请确认以下操作：", "en": "Please confirm this action:"}
TOOL: Mapping[Language, str] = {"zh": "操作", "en": "action"}
NO_ARGUMENTS: Mapping[Language, str] = {"zh": "没有参数", "en": "without arguments"}
LINE: Mapping[Language, str] = {"zh": "- {name}：{value}", "en": "- {name}: {value}"}
ASK: Mapping[Language, str] = {
    "zh": "回复“是”即执行；任何其他回复都会取消。{time} 前有效。",
    "en": "Answer “yes” to have it done; any other answer cancels it. It waits until {time}.",
}

ENDS: Mapping[ActionState, Mapping[Language, str]] = {
    "done": {"zh": "已完成：{tool}。", "en": "Done: {tool}."},
    "failed": {
        "zh": "没有成功：{tool}。没有做任何更改。",
        "en": "This did not succeed: {tool}. Nothing was changed.",
    },
    "unknown": {
        "zh": "结果未知：{tool}。它可能已经生效，系统不会自动重试，需要人工核实。请不要重复操作。",
        "en": "The result is unknown: {tool}. It may have been done. It is not tried again by itself, and a person has "
        "to look into it. Please do not ask for it again.",
    },
    "running": {"zh": "正在执行：{tool}。", "en": "This is being done: {tool}."},
    "declined": {"zh": "已取消：{tool}。没有做任何更改。", "en": "Cancelled: {tool}. Nothing was changed."},
    "expired": {
        "zh": "确认时间已过，已取消：{tool}。没有做任何更改。",
        "en": "The time to confirm is over, so this is cancelled: {tool}. Nothing was changed.",
    },
}

REASON: Mapping[Language, str] = {"zh": "原因：{reason}", "en": " The reason: {reason}"}


def describe_action(action: Action, sentence: str | None, language: Language) -> str:
    """Return what the customer is asked: the declaration's `sentence`, all arguments, and until when a yes counts."""
    asked = [] if sentence is None else [fill_places(sentence, action.arguments, language)]
    lines = [
        LINE[language].format(name=TOOL[language], value=show_value(action.tool, language)),
        *(
            LINE[language].format(name=show_value(name, language), value=show_value(value, language))
            for name, value in action.arguments.items()
        ),
    ]
    if not action.arguments:
        lines.append(f"- {NO_ARGUMENTS[language]}")
    ask = ASK[language].format(time=_write_time(action.expires_s))
    return "\n\n".join((HEAD[language], *asked, "\n".join(lines), ask))


def is_asked_in(answer: str, action: Action) -> bool:
    """Whether an answer asks for this call: no other one of its session waits until the same second."""
    return _write_time(action.expires_s) in answer


def describe_end(action: Action, sentence: str | None, language: Language) -> str:
    """Return what the customer is told of an end. The declaration's `sentence` is for calls that were done."""
    if action.state == "done" and sentence is not None:
        return fill_places(sentence, {**action.arguments, **_list_fields(action.result)}, language)
    text = ENDS[action.state][language].format(tool=show_value(action.tool, language))
    reason = _find_reason(action.result, language) if action.state == "failed" else None
    return text if reason is None else text + REASON[language].format(reason=show_value(reason, language))


def _find_reason(result: Any, language: Language) -> str | None:
    """Return what the other side says of why it refused, where its answer is `{"error": {"zh": ..., "en": ...}}`."""
    error = _list_fields(result).get("error")
    reason = error.get(language) if isinstance(error, Mapping) else None
    return reason if isinstance(reason, str) and reason.strip() else None


def _list_fields(result: Any) -> Mapping[str, Any]:
    return result if isinstance(result, Mapping) else {}


def _write_time(time_s: float) -> str:
    return datetime.fromtimestamp(time_s, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
