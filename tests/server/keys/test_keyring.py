"""Which keys are valid, at the start and after the file has changed."""

import stat
from pathlib import Path

import pytest

from server.keys.errors import KeysError
from server.keys.keyfile import add_key, remove_key
from server.keys.keyring import KeyRing, read_environment_keys
from tests.helpers.keys import make_key, make_secret


def test_the_environment_holds_keys_separated_by_commas() -> None:
    environment = {"MINICPMV_API_KEYS": f"ann:{make_secret('ann')}, bob:{make_secret('bob')},"}
    assert read_environment_keys(environment) == (make_key(), make_key("bob"))
    assert read_environment_keys({}) == read_environment_keys({"MINICPMV_API_KEYS": ""}) == ()


@pytest.mark.parametrize(
    ("value", "cause"),
    [
        ("sk-secret-0123456789abcdef", "entry 1: it must be name:sk-"),
        (f"ann:{make_secret('ann')},bob:secret-0123456789abcdef", "entry 2: it must be name:sk-"),
        ("ann:sk-secret", "entry 1: it must be name:sk-"),
        ("a b:sk-secret-0123456789abcdef", "entry 1: Expected `str` matching regex"),
        ("ann:sk-secret-0123456789abcdef,ann:sk-secret-1123456789abcdef", "two keys named ann"),
        ("ann:sk-secret-0123456789abcdef,bob:sk-secret-0123456789abcdef", "ann and bob are the same key"),
    ],
)
def test_errors_in_the_environment_do_not_repeat_the_key(value: str, cause: str) -> None:
    with pytest.raises(KeysError) as refused:
        read_environment_keys({"MINICPMV_API_KEYS": value})
    assert cause in str(refused.value)
    assert "secret" not in str(refused.value)


def test_keys_are_found_by_their_secret_and_not_by_their_hash(tmp_path: Path) -> None:
    path = tmp_path / "keys.toml"
    add_key(path, make_key("bob"))
    ring = KeyRing([make_key()], path)
    assert ring.find(make_secret("ann")) == make_key()
    assert ring.find(make_secret("bob")) == make_key("bob")
    for wrong in ("", "sk-", "ann", make_secret("ann") + "x", make_key().sha256, "é"):
        assert ring.find(wrong) is None


def test_a_change_of_the_file_applies_at_once(tmp_path: Path) -> None:
    path = tmp_path / "keys.toml"
    add_key(path, make_key())
    ring = KeyRing(path=path)
    add_key(path, make_key("bob"))
    assert ring.find(make_secret("bob")) == make_key("bob")
    remove_key(path, "ann")
    assert ring.find(make_secret("ann")) is None
    assert [found.name for found in ring.keys] == ["bob"]


@pytest.mark.parametrize("text", ["[bob\n", None])
def test_after_an_invalid_edit_the_keys_from_before_stay_valid(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, text: str | None
) -> None:
    path = tmp_path / "keys.toml"
    add_key(path, make_key())
    ring = KeyRing(path=path)
    before = path.read_text()
    if text is None:
        path.unlink()
    else:
        path.write_text(before + text)
    for _ in range(3):
        assert ring.find(make_secret("ann")) == make_key()
    (record,) = caplog.records
    cause = "No such file" if text is None else "at line 3"
    assert str(path) in record.getMessage()
    assert cause in record.getMessage()
    assert cause in str(ring.refused)
    loaded_s = ring.loaded_s
    path.write_text(before.replace("[ann]", "[eve]"))
    assert ring.find(make_secret("ann")) == make_key("eve", sha256=make_key().sha256)
    assert ring.refused is None
    assert ring.loaded_s > loaded_s


def test_environment_and_file_must_not_share_a_name(tmp_path: Path) -> None:
    path = tmp_path / "keys.toml"
    add_key(path, make_key(sha256="0" * 64))
    with pytest.raises(KeysError, match="two keys named ann"):
        KeyRing([make_key()], path)


def test_a_missing_file_at_the_start_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(KeysError, match="No such file"):
        KeyRing(path=tmp_path / "keys.toml")


def test_a_file_that_others_may_read_is_narrowed_at_the_start_and_after_an_edit(tmp_path: Path) -> None:
    path = tmp_path / "keys.toml"
    add_key(path, make_key())
    path.chmod(0o644)
    ring = KeyRing(path=path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    path.write_text(path.read_text() + "# edited\n")
    path.chmod(0o666)
    assert ring.find(make_secret("ann")) == make_key()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
