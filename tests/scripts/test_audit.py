"""The audit finds what a made-up database says of the locked versions, and never passes without one."""

import json
from pathlib import Path

import pytest

from scripts.audit import main, read_packages, report
from scripts.supply.lockfile import read_lock

(TORCH,) = read_lock("torch")


def write(folder: Path, name: str, fixed: str, ecosystem: str = "PyPI") -> Path:
    events = [{"introduced": "0"}, {"fixed": fixed}]
    entry = {"package": {"name": name, "ecosystem": ecosystem}, "ranges": [{"type": "ECOSYSTEM", "events": events}]}
    advisory = {"id": f"MADE-UP-{name}", "modified": "2026-05-06T07:08:09Z", "summary": "Bad.", "affected": [entry]}
    (folder / f"{name}.json").write_text(json.dumps(advisory))
    return folder


def test_a_locked_version_is_found(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(tmp_path, "torch", f"{TORCH.version}.1")
    write(tmp_path, "numpy", "0.1")
    assert main([str(tmp_path)]) == 1
    assert capsys.readouterr().out.splitlines() == [
        f"torch {TORCH.version}: MADE-UP-torch: Bad.; mended in {TORCH.version}.1",
        f"{len(read_packages())} packages, 2 advisories, the newest of 2026-05-06: 1 findings",
    ]


def test_mended_versions_pass(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(write(tmp_path, "torch", TORCH.version))]) == 0
    assert "1 advisories, the newest of 2026-05-06: no findings" in capsys.readouterr().out


def test_without_a_database_it_says_that_nothing_was_checked(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 2
    assert capsys.readouterr().out.startswith("Nothing was checked: no advisory database was named.")


def test_a_database_of_nothing_checks_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(tmp_path, "torch", "99", ecosystem="npm")
    for place in (tmp_path, tmp_path / "missing"):
        assert main([str(place)]) == 2
        assert capsys.readouterr().out.startswith("Nothing was checked: ")


def test_every_lock_is_looked_at(tmp_path: Path) -> None:
    names = {package.name for package in read_packages()}
    for group, name in (("torch", "torch"), ("cuda", "triton"), ("base", "litestar"), ("dev", "pytest")):
        assert name in {package.name for package in read_lock(group)}
        assert name in names
    assert report(write(tmp_path, "litestar", "99"), read_packages()) == 1
