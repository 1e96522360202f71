"""The locks are for this project as it is: every requirement, every pin, and all that an installation here has."""

import re
import subprocess
import tomllib
from importlib import metadata
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement

from scripts import write_lock
from scripts.supply.install import EXTRAS
from scripts.supply.lockfile import LOCKS, LockedPackage, format_lock, normalize, read_constraints, read_lock
from scripts.supply.resolving import OTHER_BUILDS, read_other_builds
from tests.helpers.paths import ROOT

SERVER = ("torch", "cuda", "base")
GROUPS = (*SERVER, "build", "gpu-build", *EXTRAS)
CONSTRAINTS = (ROOT / "constraints.txt").read_text(encoding="utf-8")
PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def find(*groups: str) -> dict[str, LockedPackage]:
    return {package.name: package for group in groups for package in read_lock(group)}


def list_requirements(group: str) -> list[Requirement]:
    project = PROJECT["project"]
    texts = project["dependencies"] if group == "base" else project["optional-dependencies"][group]
    return [Requirement(text) for text in texts]


def test_there_is_a_lock_for_each_group() -> None:
    assert {path.stem for path in LOCKS.glob("*.txt")} == set(GROUPS)
    assert set(EXTRAS) == set(PROJECT["project"]["optional-dependencies"])


@pytest.mark.parametrize("group", GROUPS)
def test_every_package_has_hashes_and_a_single_version(group: str) -> None:
    packages = read_lock(group)
    assert packages
    for package in packages:
        assert package.hashes, package.name
        assert len(set(package.hashes)) == len(package.hashes)
        assert package.version == read_constraints(CONSTRAINTS).get(package.name, package.version)
    names = [package.name for package in packages]
    assert len(set(names)) == len(names)
    others = find(*({*SERVER, "build"} - {group})) if group in EXTRAS or group == "gpu-build" else {}
    assert not others.keys() & set(names), "what is installed already is not installed again"
    assert (LOCKS / f"{group}.txt").read_text(encoding="utf-8") == format_lock(packages)


@pytest.mark.parametrize("group", ["base", *EXTRAS])
def test_every_requirement_is_locked_in_a_version_that_suits_it(group: str) -> None:
    locked = find(*SERVER, "build", group)
    for requirement in list_requirements(group):
        package = locked[normalize(requirement.name)]
        assert requirement.specifier.contains(package.version, prereleases=True), requirement


def test_every_pin_is_locked() -> None:
    assert read_constraints(CONSTRAINTS).keys() <= find(*GROUPS).keys()


def test_all_that_is_installed_for_the_server_and_its_tests_is_locked() -> None:
    """Follow the requirements of what is here: each of them that holds here must be in a lock, by its version."""
    locked = find(*GROUPS)
    open_names = [normalize(item.name) for group in ("base", "dev") for item in list_requirements(group)]
    seen: set[str] = set()
    while open_names:
        name = open_names.pop()
        if name not in seen:
            seen.add(name)
            assert metadata.version(name).partition("+")[0] == locked[name].version, "make install"
            open_names += list_needed(name)
    assert len(seen) > 80


def list_needed(name: str) -> list[str]:
    """Return the names that an installed package requires here, whatever its extras."""
    needed = map(Requirement, metadata.requires(name) or ())
    held = (item for item in needed if item.marker is None or item.marker.evaluate({"extra": ""}))
    return [normalize(item.name) for item in held]


def test_what_builds_the_project_is_locked() -> None:
    locked = find("build", "base")
    for text in PROJECT["build-system"]["requires"]:
        requirement = Requirement(text)
        assert requirement.specifier.contains(locked[requirement.name].version)


def test_torch_may_be_from_the_index_or_a_build_for_the_cpu() -> None:
    (torch,) = read_lock("torch")
    other_builds = read_other_builds(OTHER_BUILDS, CONSTRAINTS)
    assert other_builds, "none is known of the version that is pinned"
    assert set(other_builds) < set(torch.hashes)
    assert len(torch.hashes) - len(other_builds) >= 12, "3 Pythons, 2 architectures of Linux, macOS, Windows"


def test_the_libraries_of_cuda_are_locked_for_linux_alone() -> None:
    assert all("linux" in package.marker for package in read_lock("cuda"))
    assert not any(re.match("nvidia|cuda|triton", package.name) for package in read_lock("base"))


def test_an_index_that_does_not_answer_changes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(_: object) -> dict[str, list[LockedPackage]]:
        raise subprocess.CalledProcessError(2, "uv")

    (tmp_path / "base.txt").write_text(format_lock([LockedPackage("one", "1", "", ("a" * 64,))]))
    before = (tmp_path / "base.txt").read_text()
    monkeypatch.setattr(write_lock, "LOCKS", tmp_path)
    monkeypatch.setattr(write_lock, "resolve_groups", fail)
    assert write_lock.main() == 1
    assert (tmp_path / "base.txt").read_text() == before
    assert "the lock stays as it was: uv ended with status 2" in capsys.readouterr().err


def test_what_is_resolved_is_written_and_known_the_next_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    packages = [LockedPackage("one", "1", "", ("a" * 64,)), LockedPackage("two", "2", "", ("b" * 64,))]
    monkeypatch.setattr(write_lock, "LOCKS", tmp_path)
    monkeypatch.setattr(write_lock, "resolve_groups", lambda _: {"base": packages, "dev": packages[1:]})
    assert write_lock.main() == 0
    assert read_lock("dev", tmp_path) == packages[1:]
    assert write_lock.read_known() == packages
