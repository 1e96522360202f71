"""Which profile a turn gets, by what the request, the session, the key and the server name."""

from typing import Any

import pytest

from server.errors import ProfileForbidden
from server.keys.account import ANONYMOUS, Account
from server.pipeline.profile_choice import ProfileChoice
from server.pipeline.stage import StageOptions
from tests.helpers.ledgers import FakeLedger, make_account

KNOWN = ("menu", "plain", "repair", "shop")
OPERATOR = Account(is_operator=True)


def account_of(**given: Any) -> Account:
    return make_account(FakeLedger(), **given)


def choose(account: Account, default: str, named: str | None = None, *fallbacks: str | None) -> str:
    return ProfileChoice(StageOptions(named, fallbacks), account, default).choose(KNOWN)


def refuse(account: Account, default: str, named: str, *fallbacks: str | None) -> str:
    """Return what the refusal offers."""
    with pytest.raises(ProfileForbidden) as refused:
        choose(account, default, named, *fallbacks)
    assert (refused.value.status, refused.value.param) == (403, "profile")
    offered = str(refused.value).rpartition("choose one of ")[2]
    assert refused.value.texts["zh"] == f"不能使用场景配置 {named!r}，可选的有：{offered.replace(', ', '、')}"
    return offered


@pytest.mark.parametrize("role", ["user", "operator"])
def test_a_key_with_profiles_chooses_among_them_alone(role: str) -> None:
    account = account_of(role=role, profiles=("shop", "menu"))
    assert choose(account, "plain", "menu") == "menu"
    for named in ("plain", "repair", "nothing"):
        assert refuse(account, "plain", named) == "menu, shop"


def test_plain_may_be_among_the_profiles_of_a_key() -> None:
    account = account_of(profile="shop", profiles=("shop", "plain"))
    assert choose(account, "menu", "plain", "shop") == "plain"
    assert choose(account, "menu") == "shop"


@pytest.mark.parametrize(
    ("given", "fallbacks", "expected"),
    [
        ({"profiles": ("shop", "menu")}, (), "shop"),
        ({"profiles": ("shop", "menu"), "profile": "menu"}, (), "menu"),
        ({"profiles": ("shop", "menu")}, ("menu",), "menu"),
        ({"profiles": ("shop", "menu")}, ("repair", None), "shop"),
        ({"profiles": ("shop", "menu")}, ("plain",), "shop"),
        ({"profile": "menu"}, (), "menu"),
        ({"profile": "menu"}, ("repair",), "repair"),
        ({"profile": "menu"}, ("plain",), "menu"),
        ({}, (None,), "repair"),
        ({}, ("plain",), "repair"),
        ({"role": "operator"}, (None,), "plain"),
        ({"role": "operator"}, ("plain", "shop"), "plain"),
        ({"role": "operator", "profiles": ("shop", "menu")}, (None,), "shop"),
    ],
)
def test_without_a_name_the_first_allowed_profile_is_used(
    given: dict[str, Any], fallbacks: tuple[str | None, ...], expected: str
) -> None:
    assert choose(account_of(**given), "repair", None, *fallbacks) == expected


@pytest.mark.parametrize(
    ("given", "default", "fallbacks"),
    [
        ({}, "shop", ()),
        ({"profile": "shop"}, "plain", ()),
        ({}, "plain", ("shop",)),
    ],
)
def test_a_users_key_cannot_choose_plain_where_another_profile_was_set(
    given: dict[str, Any], default: str, fallbacks: tuple[str, ...]
) -> None:
    account = account_of(**given)
    assert refuse(account, default, "plain", *fallbacks) == "menu, repair, shop"
    assert choose(account, default, "shop", *fallbacks) == "shop"


@pytest.mark.parametrize(("given", "default"), [({}, "plain"), ({"profile": "plain"}, "shop")])
def test_a_users_key_may_name_plain_where_it_is_what_it_gets(given: dict[str, Any], default: str) -> None:
    account = account_of(**given)
    assert choose(account, default) == choose(account, default, "plain") == "plain"
    assert choose(account, default, "menu") == "menu"


def test_operators_choose_freely() -> None:
    for account in (OPERATOR, account_of(role="operator", profile="shop")):
        assert [choose(account, "shop", named, "shop") for named in KNOWN] == list(KNOWN)


def test_without_keys_an_open_server_has_customers() -> None:
    assert choose(ANONYMOUS, "shop") == "shop"
    assert refuse(ANONYMOUS, "shop", "plain") == "menu, repair, shop"
    assert choose(OPERATOR, "shop") == "plain"


def test_what_may_be_chosen_is_listed_of_what_exists() -> None:
    def list_allowed(account: Account, default: str) -> list[str]:
        return ProfileChoice(StageOptions(), account, default).list_allowed(KNOWN)

    assert list_allowed(OPERATOR, "shop") == list(KNOWN)
    assert list_allowed(ANONYMOUS, "shop") == ["menu", "repair", "shop"]
    assert list_allowed(ANONYMOUS, "plain") == list(KNOWN)
    assert list_allowed(account_of(profiles=("shop", "gone")), "menu") == ["shop"]
