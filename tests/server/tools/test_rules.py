"""Rules of profiles: which questions match, and what is found in them."""

from typing import Any

import msgspec
import pytest

from server.tools.rules import ToolRule
from tests.helpers.tools import make_declaration

ORDER = "[A-Z]{2}\\d{6}"


def make_rule(**given: Any) -> ToolRule:
    table = {"zh": ["我的订单", "查订单"], "en": ["my order", "where is it?"], "tool": "get_order", **given}
    return msgspec.convert(table, ToolRule)


@pytest.mark.parametrize(
    "question",
    [
        "我的订单到哪了？",
        "請問我的訂單呢",
        "我 的 订 单",
        "我的，订单",
        "MY ORDER please",
        "Ｍｙ　ｏｒｄｅｒ",
        "my-order",
        "so where is it",
        "Hello. Where is it? Thanks",
        "帮我查订单AB123456",
    ],
)
def test_words_are_found_however_they_are_written(question: str) -> None:
    assert make_rule().matches(question)


@pytest.mark.parametrize(
    "question", ["", "my orders", "enemy order", "订单", "my reorder", "where is item 5", "我们订单"]
)
def test_other_words_do_not_match(question: str) -> None:
    assert not make_rule().matches(question)


@pytest.mark.parametrize(
    ("texts", "found"),
    [
        (["where is AB123456?"], "AB123456"),
        (["订单ab123456到哪了"], "AB123456"),
        (["where is it?", "AB123456", "CD999999"], "AB123456"),
        (["CD999999 or AB123456"], "CD999999"),
        (["where is it?"], None),
        ([], None),
        ([" " * 5000 + "AB123456"], None),
    ],
)
def test_arguments_are_found_the_newest_first(texts: list[str], found: str | None) -> None:
    rule = make_rule(arguments={"order": ORDER})
    assert rule.find_arguments(texts, make_declaration()) == (None if found is None else {"order": found})


def test_groups_numbers_and_literals() -> None:
    schema = {
        "type": "object",
        "required": ["order", "line"],
        "properties": {"order": {"type": "string"}, "line": {"type": "integer"}, "reason": {"type": "string"}},
    }
    declaration = make_declaration(arguments=schema, identity={"customer": "sub"})
    rule = make_rule(arguments={"order": f"({ORDER})-\\w", "line": "-(\\w)"}, literals={"reason": "asked"})
    assert rule.find_arguments(["AB123456-2"], declaration) == {"order": "AB123456", "line": 2, "reason": "asked"}
    for line, read in (("二", 2), ("十", 10), ("½", "½"), ("x", "x")):
        found = rule.find_arguments([f"AB123456-{line}"], declaration)
        assert found is not None
        assert found["line"] == read
    assert rule.find_arguments(["AB123456"], declaration) is None
    optional = make_declaration(arguments={"type": "object", "properties": {"order": {"type": "string"}}})
    assert make_rule(arguments={"order": ORDER}).find_arguments(["hi"], optional) == {}


def test_an_answer_to_what_was_asked_is_known() -> None:
    rule = make_rule(missing={"zh": "哪个订单？", "en": "Which order?"})
    assert rule.has_asked("Which order? ")
    assert rule.has_asked("哪个订单？")
    assert not rule.has_asked("Which orders?")
    assert not make_rule().has_asked("")


@pytest.mark.parametrize(
    ("given", "cause"),
    [
        ({"zh": [], "en": []}, "needs words"),
        ({"en": ["!!"]}, "no letters"),
        ({"arguments": {"order": "["}}, "no regular expression"),
        ({"tool": "Get Order"}, "tool"),
        ({"answer": {"zh": "好"}}, "en"),
        ({"answers": {}}, "answers"),
    ],
)
def test_rules_that_are_refused(given: dict[str, Any], cause: str) -> None:
    with pytest.raises(msgspec.ValidationError, match=cause):
        make_rule(**given)
