"""The example's tools are declared in the form of the file, and are what the shop takes and answers."""

import re
from collections.abc import Callable
from typing import Any

import jsonschema_rs
import pytest

from tests.helpers.example_tools import CALLED, TOOLS, ShopCaller, fields_of, fill, schema_of

CallerOf = Callable[[str], ShopCaller]

KNOWN = {"name", "description", "profiles", "changes", "arguments", "identity", "http", "confirm", "done"}
CALLS: dict[str, dict[str, Any]] = {
    "list_orders": {},
    "get_order": {"order": "MS100127"},
    "track_shipment": {"order": "MS100136"},
    "check_stock": {"product": "SH-101-BL"},
    "start_return": {"order": "MS100127", "line": 2, "reason": "too long", "defective": False},
    "start_exchange": {"order": "MS100127", "line": 1, "variant": "XL"},
    "cancel_order": {"order": "MS100142"},
}
DONE = {
    "start_return": (
        "订单 MS100127 的退货申请已提交，退货单号 RT000003：黑色纯色长裤，预计退款 239 元。"
        "请在 7 天内寄出。仓库验收后 5 个工作日内退款。",
        "The return of order MS100127 is registered as RT000003: black plain trousers. You will get back 239 yuan."
        " Please send it within 7 days. The money is back within 5 working days of the inspection.",
    ),
    "start_exchange": (
        "订单 MS100127 的换货申请已提交，换货单号 EX000001：蓝色条纹衬衫 换成 XL 码。"
        "快递员会上门取件，来回运费由我们承担。",
        "The exchange for order MS100127 is registered as EX000001: blue striped shirt in size XL."
        " The courier collects it at your door; we pay the postage both ways.",
    ),
    "cancel_order": (
        "订单 MS100142 已取消，退款 92 元。款项 1 个工作日内原路退回。",
        "Order MS100142 is cancelled, and 92 yuan are refunded. The money is back within 1 working day.",
    ),
}
CONFIRMED = {
    "start_return": ("为订单 MS100127 申请退货。", "Request a return for order MS100127."),
    "start_exchange": (
        "把订单 MS100127 的第 1 项换成 XL 码。",
        "Exchange item 1 of order MS100127 for size XL.",
    ),
    "cancel_order": ("取消订单 MS100142。", "Cancel order MS100142."),
}


@pytest.mark.parametrize("name", CALLED)
def test_a_declaration_has_what_the_form_asks_for(name: str) -> None:
    tool = TOOLS[name]
    assert tool.keys() <= KNOWN
    assert re.fullmatch(r"[a-z][a-z0-9_]{0,63}", name)
    assert tool["description"].keys() == {"zh", "en"}
    assert tool["profiles"] == ["ecommerce", "shop"]
    assert tool["http"]["headers"] == {"Authorization": "Bearer ${SHOP_SECRET}"}
    assert tool["http"]["url"].startswith("http://127.0.0.1:8090/")
    assert 0 < tool["http"]["timeout_s"] <= 10


@pytest.mark.parametrize("name", CALLED)
def test_the_identity_is_no_argument_of_the_models(name: str) -> None:
    identity = {} if name == "check_stock" else {"customer": "sub"}  # what is in stock is told to everybody
    assert TOOLS[name].get("identity", {}) == identity
    assert "customer" not in schema_of(name)["properties"]


@pytest.mark.parametrize("name", CALLED)
def test_the_places_of_the_address_are_required_arguments(name: str) -> None:
    assert fields_of(TOOLS[name]["http"]["url"]) <= set(schema_of(name)["required"])


@pytest.mark.parametrize("name", CALLED)
def test_the_schema_takes_the_arguments_and_nothing_else_than_it_says(name: str) -> None:
    schema = {"type": "object", "additionalProperties": False, **schema_of(name)}
    jsonschema_rs.meta.validate(schema)
    assert jsonschema_rs.is_valid(schema, CALLS[name])
    assert not jsonschema_rs.is_valid(schema, {**CALLS[name], "customer": "bo"})
    for required in schema["required"]:
        assert not jsonschema_rs.is_valid(schema, {key: v for key, v in CALLS[name].items() if key != required})


def test_changes_are_those_that_are_asked_about_and_are_no_get() -> None:
    changing = {name for name, tool in CALLED.items() if tool.get("changes", False)}
    assert changing == {"start_return", "start_exchange", "cancel_order"} == DONE.keys() == CONFIRMED.keys()
    for name, tool in CALLED.items():
        assert ("confirm" in tool) == ("done" in tool) == (name in changing)
        assert (tool["http"].get("method", "GET") == "GET") == (name not in changing)


def test_every_tool_is_tried() -> None:
    assert CALLED.keys() == CALLS.keys()
    assert TOOLS.keys() - CALLED.keys() == {"ask_person"}


@pytest.mark.parametrize("name", CALLED)
def test_the_shop_takes_the_call(caller_of: CallerOf, name: str) -> None:
    status, data = caller_of("ann").call(name, CALLS[name])
    assert status in (200, 201), data


@pytest.mark.parametrize("name", CONFIRMED)
def test_the_customer_is_asked_in_both_languages(name: str) -> None:
    zh, en = (fill(TOOLS[name]["confirm"][language], CALLS[name]) for language in ("zh", "en"))
    assert (zh, en) == CONFIRMED[name]


@pytest.mark.parametrize("name", DONE)
def test_the_customer_is_told_that_it_is_done_in_both_languages(caller_of: CallerOf, name: str) -> None:
    _, data = caller_of("ann").call(name, CALLS[name])
    zh, en = (fill(TOOLS[name]["done"][language], {**CALLS[name], **data}) for language in ("zh", "en"))
    assert (zh, en) == DONE[name]


@pytest.mark.parametrize("name", [name for name in CALLS if name not in ("list_orders", "check_stock")])
def test_a_call_for_another_customer_finds_nothing(caller_of: CallerOf, name: str) -> None:
    status, data = caller_of("bo").call(name, CALLS[name])
    assert (status, data["error"]["code"]) == (404, "order_not_found")
