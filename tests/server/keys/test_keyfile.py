"""The file of keys: its fields, its errors, and how keys are added and removed."""

import stat
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from server.keys.errors import KeysError
from server.keys.keyfile import add_key, check_distinct, parse_keys, read_keys, remove_key
from tests.helpers.keys import make_key
from tests.server.keys.test_signing import to_pem

HASH = make_key().sha256
OTHER = "0" * 64


def test_only_the_hash_is_needed() -> None:
    assert parse_keys(f'[ann]\nsha256 = "{HASH}"\n', "f") == (make_key(),)


def test_all_fields_are_read() -> None:
    text = f"""
        # the shop's
        [ann]
        sha256 = "{HASH}"
        owner = "shop"
        role = "operator"
        requests_per_minute = 60
        max_streams = 4
        tokens_per_minute = 2000
        tokens_per_day = 100_000
        profile = "menu"
        profiles = ["shop", "menu"]
    """
    limits: dict[str, Any] = {"requests_per_minute": 60, "max_streams": 4, "tokens_per_day": 100_000}
    given = {**limits, "tokens_per_minute": 2000, "profile": "menu", "profiles": ("shop", "menu")}
    assert parse_keys(text, "f") == (make_key(owner="shop", role="operator", **given),)


@pytest.mark.parametrize(
    ("text", "cause"),
    [
        ("[ann\n", "f: Expected ']' at the end of a table declaration (at line 1, column 5)"),
        (f'[ann]\nsha256 = "{HASH}"\n\n[ann]\nsha256 = "{OTHER}"\n', "f: Cannot declare ('ann',) twice (at line 4"),
        ("# keys\n[ann]\n", "f, line 2: [ann]: Object missing required field `sha256`"),
        (f'\n\n[ann]\nsha256 = "{HASH}"\nrole = "root"', "f, line 3: [ann]: Invalid enum value 'root'"),
        (f'[ann]\nsha256 = "{HASH}"\ncolour = 1', "f, line 1: [ann]: Object contains unknown field `colour`"),
        (f'[ann]\nsha256 = "{HASH}"\nname = "bob"', "f, line 1: [ann]: the key is named by its table"),
        (
            f'\n[ann]\nsha256 = "{HASH}"\nprofile = "plain"\nprofiles = ["shop"]',
            "f, line 2: [ann]: the profile 'plain' is not one of its profiles shop",
        ),
        (f'\nann = "{HASH}"', "f, line 2: [ann]: a key must be a table"),
        (f'["a b"]\nsha256 = "{HASH}"', "f, line 1: [a b]: Expected `str` matching regex"),
        (f'[ann]\nsha256 = "{HASH}"\n[bob]\nsha256 = "{HASH}"', "f: ann and bob are the same key"),
    ],
)
def test_errors_have_their_place(text: str, cause: str) -> None:
    with pytest.raises(KeysError) as refused:
        parse_keys(text, "f")
    assert str(refused.value).startswith(cause)


def test_a_key_pasted_in_place_of_its_hash_is_not_repeated() -> None:
    with pytest.raises(KeysError) as refused:
        parse_keys('[ann]\nsha256 = "sk-secret"\n', "f")
    assert "secret" not in str(refused.value)


def test_names_and_hashes_must_be_distinct() -> None:
    with pytest.raises(KeysError, match="two keys named ann"):
        check_distinct([make_key(), make_key(sha256=OTHER)], "f")
    with pytest.raises(KeysError, match="ann and bob are the same key"):
        check_distinct([make_key(), make_key("bob", sha256=HASH)], "f")


@pytest.mark.parametrize(("content", "cause"), [(None, "No such file"), (b"\xff", "not UTF-8")])
def test_a_file_that_cannot_be_read_is_an_error(tmp_path: Path, content: bytes | None, cause: str) -> None:
    path = tmp_path / "keys.toml"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(KeysError, match=cause):
        read_keys(path)


def test_keys_are_added_and_removed_and_the_rest_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "new" / "keys.toml"
    ann = make_key(owner="shop", max_streams=3, tokens_per_minute=7, profiles=("shop", "menu"))
    bob = make_key("bob", role="operator", tokens_per_day=5)
    add_key(path, ann)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    path.write_text("# the shop's\n" + path.read_text())
    add_key(path, bob)
    assert read_keys(path) == (ann, bob)
    add_key(path, make_key("eve"))
    remove_key(path, "bob")
    assert read_keys(path) == (ann, make_key("eve"))
    assert path.read_text().startswith("# the shop's\n[ann]\n")
    remove_key(path, "ann")
    remove_key(path, "eve")
    assert read_keys(path) == ()
    assert [file.name for file in path.parent.iterdir()] == ["keys.toml"]


def test_a_name_can_be_added_once_and_removed_once(tmp_path: Path) -> None:
    path = tmp_path / "keys.toml"
    add_key(path, make_key())
    before = path.read_text()
    with pytest.raises(KeysError, match="two keys named ann"):
        add_key(path, make_key(sha256=OTHER))
    with pytest.raises(KeysError, match=r"no key \[bob\]"):
        remove_key(path, "bob")
    assert path.read_text() == before


def test_a_table_that_cannot_be_separated_is_left_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "keys.toml"
    path.write_text(f'ann.sha256 = "{HASH}"\n[bob]\nsha256 = "{OTHER}"\n')
    before = path.read_text()
    with pytest.raises(KeysError, match="there is no key"):
        remove_key(path, "ann")
    path.write_text(f'ann = {{ sha256 = "{HASH}" }}\nbob = {{ sha256 = "{OTHER}" }}\n')
    with pytest.raises(KeysError, match="delete it by hand"):
        remove_key(path, "ann")
    assert "ann" in before
    assert "ann" in path.read_text()


def test_a_folder_that_cannot_be_written_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(KeysError, match="File exists"):
        add_key(tmp_path / "file" / "keys.toml", make_key())


def test_what_customers_tokens_are_signed_with_is_read(tmp_path: Path) -> None:
    pem = to_pem(Ed25519PrivateKey.generate())
    (tmp_path / "shop.pem").write_text(pem)
    path = tmp_path / "keys.toml"
    path.write_text(f'[ann]\nsha256 = "{HASH}"\ncustomer_secret = "{"x" * 32}"\ncustomer_public_key = "shop.pem"\n')
    (key,) = read_keys(path)
    assert (key.customer_secret, key.customer_public_key) == ("x" * 32, pem)
    assert "x" * 32 not in repr(key)
    add_key(path, make_key("bob", customer_public_key=pem))
    assert [each.customer_public_key for each in read_keys(path)] == [pem, pem]
    remove_key(path, "bob")
    assert read_keys(path) == (key,)


@pytest.mark.parametrize(
    ("line", "cause"),
    [
        ('customer_secret = "short"', "f, line 1: [ann]: customer_secret must have at least 32 bytes"),
        ('customer_public_key = "gone.pem"', "f, line 1: [ann]: customer_public_key, the file 'gone.pem' cannot be"),
        ("customer_public_key = 5", "f, line 1: [ann]: Expected `str | null`, got `int`"),
        ('owner = "customer:ann"', "f, line 1: [ann]: the owner must not begin with 'customer:'"),
    ],
)
def test_what_customers_tokens_cannot_be_signed_with_is_refused(line: str, cause: str, tmp_path: Path) -> None:
    with pytest.raises(KeysError) as refused:
        parse_keys(f'[ann]\nsha256 = "{HASH}"\n{line}\n', "f", tmp_path)
    assert cause in str(refused.value)
    assert "short" not in str(refused.value)
