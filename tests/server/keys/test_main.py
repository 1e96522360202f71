"""`python -m server.keys` as an operator uses it."""

import subprocess
import sys
from pathlib import Path

import pytest

from server.keys.__main__ import main
from server.keys.keyfile import read_keys
from server.keys.keyring import KeyRing


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    status = main(arguments)
    output = capsys.readouterr()
    return status, output.out, output.err


def test_a_key_is_printed_once_and_works_until_it_is_removed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = ("--file", str(tmp_path / "keys.toml"))
    status, secret, message = run(capsys, "add", "ann", *file)
    assert status == 0
    assert secret.startswith("sk-")
    assert secret.strip() not in message + (tmp_path / "keys.toml").read_text()
    ring = KeyRing(path=tmp_path / "keys.toml")
    found = ring.find(secret.strip())
    assert found is not None
    assert (found.name, found.owner, found.role) == ("ann", "ann", "user")
    assert run(capsys, "remove", "ann", *file) == (0, "", "")
    assert ring.find(secret.strip()) is None


def test_the_rights_of_a_key_are_written_and_listed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = ("--file", str(tmp_path / "keys.toml"))
    run(capsys, "add", "ann", "--profile", "ecommerce", *file)
    limits = (
        "--requests-per-minute",
        "60",
        "--max-streams",
        "4",
        "--tokens-per-minute",
        "50",
        "--tokens-per-day",
        "1000",
    )
    run(capsys, "add", "ops", "--owner", "shop", "--role", "operator", *limits, *file)
    run(capsys, "add", "eve", "--profile", "menu", "--profiles", "shop, menu", *file)
    _, ops, eve = read_keys(tmp_path / "keys.toml")
    assert (ops.requests_per_minute, ops.max_streams, ops.tokens_per_minute, ops.tokens_per_day) == (60, 4, 50, 1000)
    assert (eve.profile, eve.profiles) == ("menu", ("shop", "menu"))
    _, listed, _ = run(capsys, "list", *file)
    assert listed.splitlines() == [
        "ann owner=ann role=user profile=ecommerce",
        "ops owner=shop role=operator requests_per_minute=60 max_streams=4 tokens_per_minute=50 tokens_per_day=1000",
        "eve owner=eve role=user profile=menu profiles=shop,menu",
    ]


@pytest.mark.parametrize(
    ("variables", "file"),
    [
        ("", "data/keys.toml"),
        ("MINICPMV_DATA=shop", "shop/keys.toml"),
        ("MINICPMV_DATA=shop\nMINICPMV_KEYS_FILE=auto", "shop/keys.toml"),
        ("MINICPMV_DATA=shop\nMINICPMV_KEYS_FILE=ours.toml", "ours.toml"),
    ],
)
def test_the_default_file_is_the_one_that_the_server_reads(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    variables: str,
    file: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("MINICPMV_DATA", "MINICPMV_KEYS_FILE"):
        monkeypatch.delenv(name, raising=False)
    (tmp_path / ".env").write_text(variables)
    assert run(capsys, "add", "ann")[0] == 0
    assert [key.name for key in read_keys(tmp_path / file)] == ["ann"]
    assert run(capsys, "list") == (0, "ann owner=ann role=user\n", "")


def test_an_invalid_env_file_is_an_error(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".env").write_text("DATA")
    assert run(capsys, "list") == (1, "", ".env, line 1: it is not NAME=value\n")


@pytest.mark.parametrize(
    ("arguments", "cause"),
    [
        (("add", "a b"), "matching regex"),
        (("add", ""), "matching regex"),
        (("add", "ann", "--max-streams", "0"), ">= 1"),
        (("add", "ann", "--profiles", ","), "length >= 1"),
        (("add", "ann", "--profile", "plain", "--profiles", "shop"), "'plain' is not one of its profiles shop"),
        (("remove", "bob"), "No such file"),
        (("list",), "No such file"),
    ],
)
def test_errors_are_one_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], cause: str
) -> None:
    status, output, message = run(capsys, *arguments, "--file", str(tmp_path / "keys.toml"))
    assert (status, output) == (1, "")
    assert cause in message
    assert not (tmp_path / "keys.toml").exists()


def test_the_command_imports_neither_model_nor_web_framework() -> None:
    code = "import sys, server.keys.__main__; print(*({'torch', 'litestar', 'model', 'sqlalchemy'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []
