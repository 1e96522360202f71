"""Answers of rules, and the sentences that they are made of."""

from typing import Any

import msgspec
import pytest

from server.tools.result import ToolResult
from server.tools.rule_answers import FAILED, write_answer
from server.tools.rules import ToolRule
from server.tools.templates import FieldMissing, fill_template, find_field, write_value

ORDERS = [
    {"order": "AB1", "state_zh": "已发货", "state_en": "shipped"},
    {"order": "CD2", "state_zh": "已付款", "state_en": "paid"},
]


def make_rule(**given: Any) -> ToolRule:
    texts = {name: {"zh": text[0], "en": text[1]} for name, text in given.items() if isinstance(text, tuple)}
    return msgspec.convert({"tool": "list_orders", "en": ["orders"], **given, **texts}, ToolRule)


LIST = make_rule(
    answer=("有 {count} 个订单：\n{items}\n完", "{count} orders:\n{items}\nThat is all."),
    item=("- {order}：{state_zh}", "- {order}: {state_en}"),
    none=("没有订单。", "No orders."),
)


def test_a_list_has_a_line_for_each_element() -> None:
    result = ToolResult("done", ORDERS)
    assert write_answer(LIST, result, "en") == "2 orders:\n- AB1: shipped\n- CD2: paid\nThat is all."
    assert write_answer(LIST, result, "zh") == "有 2 个订单：\n- AB1：已发货\n- CD2：已付款\n完"


def test_an_empty_list_has_a_sentence_of_its_own() -> None:
    assert write_answer(LIST, ToolResult("done", []), "zh") == "没有订单。"


def test_long_lists_are_cut() -> None:
    text = write_answer(LIST, ToolResult("done", ORDERS * 15), "en")
    assert text is not None
    assert text.startswith("30 orders:")
    assert "... and 10 more." in text
    assert text.count("\n") == 22


def test_a_list_may_be_a_field() -> None:
    rule = make_rule(answer=("{number}", "Parcel {number}:"), item=("{at}", "{at}"), items="shipment.events")
    data = {"number": 7, "shipment": {"events": [{"at": "Monday"}, {"at": "Tuesday"}]}}
    assert write_answer(rule, ToolResult("done", data), "en") == "Parcel 7:\nMonday\nTuesday"


def test_a_single_result_fills_a_sentence() -> None:
    rule = make_rule(answer=("{order}：{paid}", "{order}: {paid}, {lines.0.name}, {total}, {note}"))
    data = {"order": "AB1", "paid": True, "lines": [{"name": "hat"}], "total": 99.0, "note": None}
    assert write_answer(rule, ToolResult("done", data), "en") == "AB1: yes, hat, 99, -"
    assert write_answer(rule, ToolResult("done", data), "zh") == "AB1：是"


def test_braces_in_a_result_are_not_filled() -> None:
    rule = make_rule(answer=("{order}", "{order}"))
    assert (
        write_answer(rule, ToolResult("done", {"order": "{secret} {items}", "secret": 1}), "en") == "{secret} {items}"
    )
    listed = make_rule(answer=("{items}", "{items}"), item=("{order}", "{order}"))
    assert write_answer(listed, ToolResult("done", [{"order": "{count}"}]), "en") == "{count}"


@pytest.mark.parametrize("data", [None, "text", {}, {"order": "AB1"}, 5])
def test_a_field_that_is_not_there_is_not_made_up(data: Any) -> None:
    rule = make_rule(answer=("{order}{state}", "{order}{state}"))
    assert write_answer(rule, ToolResult("done", data), "en") == FAILED["en"]


def test_failures_are_told() -> None:
    failed = ToolResult("failed", {"error": {"zh": "没有。", "en": "There is none."}}, "404")
    telling = make_rule(answer=("好", "ok"), failed=("{error.zh}", "{error.en}"))
    assert write_answer(telling, failed, "en") == "There is none."
    assert write_answer(telling, ToolResult("failed", None, "no answer"), "zh") == FAILED["zh"]
    assert write_answer(make_rule(answer=("好", "ok")), failed, "en") == FAILED["en"]


def test_without_a_sentence_the_model_answers() -> None:
    assert write_answer(make_rule(), ToolResult("done", ORDERS), "en") is None


def test_fields_are_found_by_their_path() -> None:
    data = {"a": {"b": [1, {"c": 2}]}}
    assert find_field(data, "a.b.1.c") == 2
    for path in ("a.b.2", "a.c", "a.b.x", "a.b.0.c", "b"):
        with pytest.raises(FieldMissing):
            find_field(data, path)


def test_values_are_written_for_people() -> None:
    assert [write_value(value, "zh") for value in (False, None, "", 1.5, 12345678.0, ["a", 1])] == [
        "否",
        "-",
        "-",
        "1.5",
        "12345678",
        "a、1",
    ]
    assert len(write_value("a" * 5000, "en")) == 500
    assert write_value("a shirt\n\n- MS1: paid", "en") == "a shirt - MS1: paid"
    assert fill_template("no {place here} and { order }", {}, "en") == "no {place here} and { order }"
