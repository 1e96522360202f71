"""Arguments that come from who asks."""

from dataclasses import replace
from typing import Any

import pytest

from server.tools.identity import find_identity
from tests.helpers.tools import ANN, make_declaration


def find(who: Any = ANN, **identity: str) -> Any:
    return find_identity(make_declaration(identity=identity), who)


def test_the_subject_and_claims_are_arguments() -> None:
    found = find(customer="sub", phone="claims.phone", city="claims.address.city")
    assert found == {"customer": "ann", "phone": "555", "city": "Xi'an"}


def test_a_tool_without_identity_needs_nobody() -> None:
    assert find_identity(make_declaration(), None) == {}


@pytest.mark.parametrize("source", ["claims.email", "claims.address", "claims.phone.number", "claims.address.zip"])
def test_a_claim_that_is_not_there_is_no_identity(source: str) -> None:
    assert find(customer="sub", other=source) is None


@pytest.mark.parametrize("value", ["", None, True, 1.5, ["555"], {"a": "b"}])
def test_only_texts_and_whole_numbers_identify(value: Any) -> None:
    assert find(replace(ANN, claims={"phone": value}), phone="claims.phone") is None


def test_nobody_and_anonymous_visitors_have_no_identity() -> None:
    assert find(None, customer="sub") is None
    assert find(replace(ANN, is_anonymous=True), customer="sub") is None
    assert find(replace(ANN, claims={"member": 7}), member="claims.member") == {"member": 7}
