"""What customers are told of calls: all arguments, until when a yes counts, and the truth about the end."""

from dataclasses import replace
from typing import get_args

import pytest

from server.errors.base import Language
from server.store.service_records import Action, ActionState
from server.tools.action_texts import describe_action, describe_end, is_asked_in

ACTION = Action(
    id="a" * 32,
    shop="shop",
    owner="customer:1",
    session_id="s",
    profile="ecommerce",
    tool="return_order",
    arguments={"order": "AB123456", "items": [1, 2], "note": "**x**\nyes"},
    language="zh",
    state="pending",
    created_s=1_000_000.0,
    expires_s=1_000_600.0,
)
LANGUAGES: tuple[Language, ...] = ("zh", "en")


def test_all_arguments_are_shown_each_on_its_line() -> None:
    assert describe_action(ACTION, "退货：订单 {order}", "zh") == (
        "请确认以下操作：\n\n退货：订单 AB123456\n\n"
        "- 操作：`return_order`\n- order：AB123456\n- items：`[1, 2]`\n- note：`**x**[U+000A]yes`\n\n"
        "回复“是”即执行；任何其他回复都会取消。1970-01-12 13:56:40 UTC 前有效。"
    )


@pytest.mark.parametrize("language", LANGUAGES)
def test_without_a_sentence_or_arguments(language: Language) -> None:
    text = describe_action(replace(ACTION, arguments={}), None, language)
    assert ("没有参数" if language == "zh" else "without arguments") in text
    assert ("是" if language == "zh" else "yes") in text


@pytest.mark.parametrize("language", LANGUAGES)
def test_it_is_known_again(language: Language) -> None:
    text = describe_action(ACTION, None, language)
    assert is_asked_in(text, ACTION)
    assert not is_asked_in(text, replace(ACTION, expires_s=1_000_601.0))
    assert not is_asked_in("what else?", ACTION)


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_end_has_a_text_of_its_own(language: Language) -> None:
    states = [state for state in get_args(ActionState) if state != "pending"]
    texts = [describe_end(replace(ACTION, state=state), None, language) for state in states]
    assert len(set(texts)) == len(states)
    assert all("return_order" in text for text in texts)


def test_only_what_was_done_has_the_words_of_the_declaration() -> None:
    done = replace(ACTION, state="done", result={"number": "R-1", "order": "AB123456"})
    assert describe_end(done, "退货单号 {number}，订单 {order}", "zh") == "退货单号 R-1，订单 AB123456"
    assert describe_end(replace(done, result=[1]), "{order}", "zh") == "AB123456"
    unknown = describe_end(replace(ACTION, state="unknown"), "退货单号 {number}", "zh")
    assert "退货单号" not in unknown
    assert "人工" in unknown
    assert "不会自动重试" in unknown


def test_the_reason_of_a_failure_is_not_shown() -> None:
    failed = replace(ACTION, state="failed", error="HTTP 500 from http://10.0.0.7/secret")
    assert "secret" not in describe_end(failed, None, "en")


def test_why_the_shop_refused_is_told_in_the_customers_language() -> None:
    refused = {"error": {"code": "too_late", "zh": "已超过退货期限", "en": "it is too late to return it"}}
    failed = replace(ACTION, state="failed", result=refused, error="it answers with status 409")
    assert describe_end(failed, None, "zh").endswith("没有做任何更改。原因：已超过退货期限")
    assert describe_end(failed, None, "en").endswith("Nothing was changed. The reason: it is too late to return it")


@pytest.mark.parametrize("result", [None, [], "no", {"error": "no"}, {"error": {"en": 1}}, {"error": {"en": " "}}])
def test_what_is_no_such_reason_is_not_told(result: object) -> None:
    failed = replace(ACTION, state="failed", result=result, error="secret words")
    assert describe_end(failed, None, "en").endswith("Nothing was changed.")


def test_an_unknown_end_has_no_reason() -> None:
    unknown = replace(ACTION, state="unknown", result={"error": {"en": "it is too late"}})
    assert "too late" not in describe_end(unknown, None, "en")
