"""The files of `deploy/` name only files, settings and routes that exist. No image is built here."""

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from server.keys.keyring import API_KEYS
from server.settings.settings import DATABASE_URL, Settings
from tests.helpers.paths import ROOT

DEPLOY = ROOT / "deploy"
FILES = ("Dockerfile", "compose.yaml", "minicpmv.service")


def read(name: str) -> str:
    return (DEPLOY / name).read_text(encoding="utf-8")


def read_compose() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load(read("compose.yaml"))
    return loaded


def list_copied_paths() -> list[str]:
    """Return what the Dockerfile copies from the repository."""
    lines = re.findall(r"^COPY (?!--from)(.*)$", read("Dockerfile"), re.MULTILINE)
    return [source for line in lines for source in line.split()[:-1]]


@pytest.mark.parametrize("name", FILES)
def test_variables_are_settings(name: str) -> None:
    known = {API_KEYS, DATABASE_URL, *(f"MINICPMV_{item.upper()}" for item in Settings.__dataclass_fields__)}
    found = set(re.findall(r"\bMINICPMV_\w+|\bDATABASE_URL\b", read(name)))
    assert found
    assert found <= known


def test_copied_paths_exist_and_are_not_ignored() -> None:
    allowed = re.findall(r"^!(.+)$", read("Dockerfile.dockerignore"), re.MULTILINE)
    assert len(list_copied_paths()) >= 6
    for source in list_copied_paths():
        assert (ROOT / source).exists(), source
    assert sorted(list_copied_paths()) == sorted(allowed)


def test_the_image_runs_as_a_plain_user_with_a_health_check() -> None:
    last_stage = read("Dockerfile").rpartition("\nFROM ")[2]
    assert "\nUSER 10001\n" in last_stage
    assert last_stage.index("\nUSER ") < last_stage.index("\nENTRYPOINT ")
    assert "/health/ready" in last_stage
    assert "HEALTHCHECK" in last_stage


def test_compose_builds_the_image_and_gives_it_a_gpu() -> None:
    server = read_compose()["services"]["server"]
    assert (DEPLOY / server["build"]["context"] / server["build"]["dockerfile"]).resolve() == DEPLOY / "Dockerfile"
    (device,) = server["deploy"]["resources"]["reservations"]["devices"]
    assert device["capabilities"] == ["gpu"]
    volumes = re.search(r"VOLUME (\[.*\])", read("Dockerfile"))
    assert volumes is not None
    assert {volume.partition(":")[2] for volume in server["volumes"]} == set(yaml.safe_load(volumes[1]))


def test_stopping_waits_longer_than_the_grace_time() -> None:
    (timeout,) = re.findall(r"^TimeoutStopSec=(\d+)$", read("minicpmv.service"), re.MULTILINE)
    assert int(timeout) > Settings().grace_s
    assert int(read_compose()["services"]["server"]["stop_grace_period"].removesuffix("s")) > Settings().grace_s


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd is not here")
def test_systemd_accepts_the_unit(tmp_path: Path) -> None:
    unit = tmp_path / "minicpmv.service"
    text = re.sub(r"^(ExecStart=)\S+", r"\1/bin/true", read("minicpmv.service"), flags=re.MULTILINE)
    unit.write_text(re.sub(r"^Documentation=.*\n", "", text, flags=re.MULTILINE))
    done = subprocess.run(["systemd-analyze", "verify", "--man=no", str(unit)], capture_output=True, text=True)
    assert [line for line in done.stderr.splitlines() if "minicpmv" in line] == []
