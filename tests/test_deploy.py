"""The files of `deploy/` name only files, settings and routes that exist. No image is built here."""

import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from scripts.supply.images import list_images
from server.keys.keyring import API_KEYS
from server.settings.settings import DATABASE_URL, Settings
from tests.helpers.paths import ROOT

DEPLOY = ROOT / "deploy"
FILES = ("Dockerfile", "compose.yaml", "minicpmv.service")
MAX_EXPOSURE, CLOSED_EXPOSURE = 1.4, 1.2
"""What `systemd-analyze security` of systemd 252 says of the unit, and of the unit with the drop-in beside it."""


def read(name: str) -> str:
    return (DEPLOY / name).read_text(encoding="utf-8")


def read_compose() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load(read("compose.yaml"))
    return loaded


def read_unit() -> dict[str, list[str]]:
    """Return the values of each setting of the unit, in their order."""
    settings: dict[str, list[str]] = {}
    for name, value in re.findall(r"^(\w+)=(.*)$", read("minicpmv.service"), re.MULTILINE):
        settings.setdefault(name, []).append(value)
    return settings


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
    assert {volume.split(":")[1] for volume in server["volumes"]} == set(yaml.safe_load(volumes[1]))
    assert server["user"].partition(":")[0] == re.findall(r"^USER (\d+)$", read("Dockerfile"), re.MULTILINE)[-1]


def test_stopping_waits_longer_than_the_grace_time() -> None:
    (timeout,) = re.findall(r"^TimeoutStopSec=(\d+)$", read("minicpmv.service"), re.MULTILINE)
    assert int(timeout) > Settings().grace_s
    assert int(read_compose()["services"]["server"]["stop_grace_period"].removesuffix("s")) > Settings().grace_s


def test_images_are_named_by_digest() -> None:
    froms = re.findall(r"^FROM (\S+)", read("Dockerfile"), re.MULTILINE)
    bases = re.findall(r"^ARG BASE=(.*)$", read("Dockerfile"), re.MULTILINE)
    assert set(froms) == {"${BASE}"}
    images = [service["image"] for service in read_compose()["services"].values() if "build" not in service]
    for name in (*bases, *images):
        assert [str(image) for image in list_images(name)] == [name]
    assert "# syntax=" not in read("Dockerfile"), "it would be one more image, and without a digest"


def test_the_image_installs_by_hash_with_nothing_but_python(tmp_path: Path) -> None:
    """Do what the first stage does before it fetches: its script must run on the files that are copied so far."""
    before = read("Dockerfile").partition("scripts.supply.install")[0]
    for line in re.findall(r"^COPY (?!--from)(.*)$", before, re.MULTILINE):
        *sources, target = line.split()
        for source in sources:
            place = tmp_path / (source if target == "./" else target)
            (shutil.copytree if (ROOT / source).is_dir() else shutil.copy)(ROOT / source, place)
    command = [sys.executable, "-S", "-m", "scripts.supply.install", "--help"]
    done = subprocess.run(command, cwd=tmp_path, env={}, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    assert "--hashes" in done.stdout
    for group in ("torch", "build", "base", "cuda"):
        assert (tmp_path / "locks" / f"{group}.txt").exists()
    assert "pip install --no-cache-dir --no-deps --no-build-isolation ." in read("Dockerfile")


@pytest.mark.parametrize("name", ["server", "database"])
def test_containers_are_confined(name: str) -> None:
    service = read_compose()["services"][name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert not {"cap_add", "privileged", "pid", "ipc", "network_mode", "devices"} & service.keys()
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["user"] not in ("root", "0", "0:0")
    assert service["memswap_limit"] == service["mem_limit"], "nothing is swapped"
    assert service["mem_reservation"]
    assert service["pids_limit"] > 0
    assert service["ulimits"]["core"] == 0
    assert {"max-size", "max-file"} <= service["logging"]["options"].keys()
    assert any(mount.startswith("/tmp:") for mount in service["tmpfs"])
    assert all(re.search(r":.*\bnosuid\b.*\bsize=", mount) for mount in service["tmpfs"]), service["tmpfs"]


def test_the_database_is_reached_by_the_server_alone() -> None:
    compose = read_compose()
    database, server = compose["services"]["database"], compose["services"]["server"]
    assert "ports" not in database
    assert [compose["networks"][name] for name in database["networks"]] == [{"internal": True}]
    assert set(database["networks"]) < set(server["networks"])


def test_memory_and_processes_of_the_server_can_be_set() -> None:
    server = read_compose()["services"]["server"]
    assert re.fullmatch(r"\$\{SERVER_MEMORY:-\d+g\}", server["mem_limit"])
    assert server["pids_limit"] == int(*read_unit()["TasksMax"])
    assert server["ulimits"]["nofile"] == int(*read_unit()["LimitNOFILE"])
    assert any(volume.startswith("models:/models:${MODELS_ACCESS:-rw}") for volume in server["volumes"])


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ProtectSystem", "strict"),
        ("ProtectProc", "invisible"),
        ("NoNewPrivileges", "yes"),
        ("CapabilityBoundingSet", ""),
        ("AmbientCapabilities", ""),
        ("PrivateUsers", "yes"),
        ("DevicePolicy", "closed"),
        ("UMask", "0077"),
        ("LimitCORE", "0"),
        ("MemorySwapMax", "0"),
        ("SystemCallErrorNumber", "EPERM"),
        ("ExecReload", "/bin/kill -HUP $MAINPID"),
    ],
)
def test_the_unit_says(name: str, value: str) -> None:
    assert read_unit()[name] == [value]


def test_the_unit_makes_no_privileged_calls_but_lets_limits_be_lowered() -> None:
    calls = read_unit()["SystemCallFilter"]
    assert calls == ["@system-service", "~@privileged @resources", "setrlimit prlimit64"], "the order counts"
    assert {"MemoryHigh", "MemoryMax"} <= read_unit().keys()


def check_unit(folder: Path, *command: str) -> subprocess.CompletedProcess[str]:
    """Run systemd-analyze on the unit, of which only the program that it starts need not exist here."""
    unit = folder / "minicpmv.service"
    text = re.sub(r"^(ExecStart=)\S+", r"\1/bin/true", read("minicpmv.service"), flags=re.MULTILINE)
    unit.write_text(re.sub(r"^Documentation=.*\n", "", text, flags=re.MULTILINE))
    return subprocess.run(["systemd-analyze", *command, str(unit)], capture_output=True, text=True)


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd is not here")
def test_systemd_accepts_the_unit(tmp_path: Path) -> None:
    done = check_unit(tmp_path, "verify", "--man=no")
    assert [line for line in done.stderr.splitlines() if "minicpmv" in line] == []


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd is not here")
@pytest.mark.parametrize(("drop_ins", "exposure"), [((), MAX_EXPOSURE), (("minicpmv-closed.conf",), CLOSED_EXPOSURE)])
def test_systemd_finds_the_unit_little_exposed(tmp_path: Path, drop_ins: tuple[str, ...], exposure: float) -> None:
    for name in drop_ins:
        (tmp_path / "minicpmv.service.d").mkdir()
        shutil.copy(DEPLOY / name, tmp_path / "minicpmv.service.d")
    done = check_unit(tmp_path, "security", "--offline=true", "--no-pager")
    (found,) = re.findall(r"Overall exposure level for minicpmv\.service: ([\d.]+)", done.stdout)
    assert float(found) <= exposure


@pytest.mark.parametrize("page", ["docs/deploy.md", "docs/zh/deploy.md"])
def test_the_documentation_has_the_numbers(page: str) -> None:
    text = (ROOT / page).read_text(encoding="utf-8")
    assert f"**{MAX_EXPOSURE}**" in text
    assert f"**{CLOSED_EXPOSURE}**" in text
