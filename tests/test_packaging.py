"""The Makefile, the pins and the package metadata say the same."""

import re
import subprocess
import tomllib
from pathlib import Path
from typing import Any

import pytest

from tests.helpers.paths import ROOT


def make(*arguments: str) -> str:
    done = subprocess.run(["make", "--no-print-directory", *arguments], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


def project() -> dict[str, Any]:
    data: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return data


def names(requirements: list[str]) -> set[str]:
    return {normalized(re.split(r"[\[<>=]", requirement)[0]) for requirement in requirements}


def normalized(name: str) -> str:
    return name.lower().replace("_", "-")


def test_help_lists_every_target() -> None:
    makefile = (ROOT / "Makefile").read_text()
    (phony,) = re.findall(r"^\.PHONY: (.*)$", makefile, re.MULTILINE)
    shown = make("help")
    for target in phony.split():
        assert re.search(rf"make {target} +\w", shown), target


@pytest.mark.parametrize(
    ("variable", "option"),
    [
        ("MODEL=a/b", '--model "a/b"'),
        ("QUANT=int4", '--quantization "int4"'),
        ("HOST=0.0.0.0", '--host "0.0.0.0"'),
        ("PORT=9", '--port "9"'),
        ("DATA=/d", '--data "/d"'),
        ("KNOWLEDGE=example", '--knowledge "example"'),
        ("PROFILE=shop", '--profile "shop"'),
        ("TOOLS=a.toml", '--tools "a.toml"'),
        ("TOOLS=example", '--tools "example" --tool-hosts "127.0.0.1:8090"'),
    ],
)
def test_serve_hands_its_variables_on(variable: str, option: str) -> None:
    assert option in make("-n", "serve", variable)


def test_other_tools_than_those_of_the_example_bring_their_own_hosts() -> None:
    assert "--tool-hosts" not in make("-n", "serve", "TOOLS=a.toml")


@pytest.mark.parametrize(
    ("variable", "options"),
    [("DATA=", '--port "8090"'), ("DATA=/d", '--port "8090" --data "/d/shop"'), ("SHOP_PORT=9", '--port "9"')],
)
def test_the_shop_has_a_port_and_a_folder_of_its_own(variable: str, options: str) -> None:
    (command,) = (line for line in make("-n", "shop", variable).splitlines() if "scripts.shop" in line)
    assert command.rstrip().endswith(options)


def test_a_key_goes_where_the_server_looks() -> None:
    assert 'server.keys add "ann" --file "/d/keys.toml"' in make("-n", "key", "NAME=ann", "DATA=/d")


def test_what_is_needed_is_pinned() -> None:
    lines = (ROOT / "constraints.txt").read_text().splitlines()
    pins = {normalized(name) for name, _, version in (line.partition("==") for line in lines) if version}
    needed = names(project()["dependencies"]) | names(project()["optional-dependencies"]["dev"])
    assert needed <= pins
    assert not any("+" in line for line in lines), "a local build cannot be installed elsewhere"


def test_the_extras_are_there() -> None:
    assert set(project()["optional-dependencies"]) == {"gpu", "cluster", "dev", "embeddings", "video"}
    assert names(project()["optional-dependencies"]["gpu"]) == {"flash-attn"}
    assert project()["license"] == "Apache-2.0"


def test_installing_takes_hashes_unless_told_not_to(tmp_path: Path) -> None:
    folder = f"VENV={tmp_path}"
    for group, target in (
        ("base", "install"),
        ("dev", f"{tmp_path}/.installed-dev"),
        ("gpu", f"{tmp_path}/.installed-gpu"),
    ):
        assert f'scripts.supply.install "{group}" --hashes "on"' in make("-n", target, folder)
    assert '--hashes "off"' in make("-n", "install", folder, "HASHES=off")


def test_the_project_itself_is_installed_without_fetching_anything(tmp_path: Path) -> None:
    commands = make("-n", "install", f"VENV={tmp_path}").splitlines()
    (command,) = (line for line in commands if "--editable" in line)
    assert "--no-deps --no-build-isolation" in command


def test_a_database_of_advisories_is_handed_on() -> None:
    assert 'scripts.audit "/a b"' in make("-n", "audit", "ADVISORIES=/a b")
    assert make("-n", "audit").rstrip().endswith("scripts.audit")
