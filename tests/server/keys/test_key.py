"""Keys are random, and identified by their hash."""

import hashlib
from typing import Any

import msgspec
import pytest

from server.keys.key import Key, create_secret, hash_secret
from tests.helpers.keys import make_key


def test_keys_are_long_and_random() -> None:
    made = {create_secret() for _ in range(100)}
    assert len(made) == 100
    assert all(secret.startswith("sk-") and len(secret) == 46 for secret in made)


def test_the_hash_is_sha256() -> None:
    assert hash_secret("sk-abc") == hashlib.sha256(b"sk-abc").hexdigest()
    assert len(hash_secret("sk-é\udcff")) == 64


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", ""),
        ("name", "a b"),
        ("name", "x" * 65),
        ("sha256", "sk-a-key-itself"),
        ("owner", ""),
        ("owner", "x" * 201),
        ("role", "root"),
        ("requests_per_minute", 0),
        ("max_streams", -1),
        ("tokens_per_day", "many"),
        ("tokens_per_minute", 0),
        ("profiles", []),
        ("profiles", "shop"),
        ("tools", "get_order"),
        ("colour", "red"),
    ],
)
def test_fields_are_checked(field: str, value: object) -> None:
    given = msgspec.structs.asdict(make_key())
    assert msgspec.convert(given, Key) == make_key()
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert({**given, field: value}, Key)


@pytest.mark.parametrize(
    ("given", "default"),
    [
        ({}, None),
        ({"profile": "shop"}, "shop"),
        ({"profiles": ("menu", "shop")}, "menu"),
        ({"profile": "shop", "profiles": ("menu", "shop")}, "shop"),
    ],
)
def test_a_key_is_answered_under_one_of_its_profiles(given: dict[str, Any], default: str | None) -> None:
    assert make_key(**given).default_profile == default


def test_the_profile_of_a_key_is_one_of_its_profiles() -> None:
    with pytest.raises(ValueError, match="the profile 'plain' is not one of its profiles menu, shop"):
        make_key(profile="plain", profiles=("menu", "shop"))
