"""Which turns have a tool."""

from dataclasses import replace

import pytest

from server.keys.account import Account
from tests.helpers.keys import make_key
from tests.helpers.tools import ANN, make_tool


def test_a_tool_is_allowed_under_its_profiles() -> None:
    tool = make_tool(profiles=["shop", "outlet"])
    assert tool.is_allowed("outlet", Account())
    assert not tool.is_allowed("restaurant", Account())


@pytest.mark.parametrize(
    ("tools", "is_allowed"), [(None, True), (("get_order", "x"), True), (("x",), False), ((), False)]
)
def test_a_key_may_have_some_tools_only(tools: tuple[str, ...] | None, is_allowed: bool) -> None:
    account = Account(key=make_key(tools=tools))
    assert make_tool().is_allowed("shop", account) is is_allowed


def test_a_tool_with_an_identity_is_for_known_customers() -> None:
    tool = make_tool(identity={"customer": "sub", "phone": "claims.phone"})
    assert tool.find_identity(ANN) == {"customer": "ann", "phone": "555"}
    for unknown in (None, replace(ANN, is_anonymous=True), replace(ANN, claims={})):
        assert tool.find_identity(unknown) is None


def test_faults_say_where_they_are_and_repeat_little() -> None:
    tool = make_tool()
    assert tool.find_fault({"order": "AB123456"}) is None
    fault = tool.find_fault({"order": "x" * 5000})
    assert fault is not None
    assert fault.startswith("the arguments do not fit at order: ")
    assert len(fault) < 200
    assert "required" in (tool.find_fault({}) or "")
