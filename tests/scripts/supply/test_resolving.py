"""The groups of the locks: what belongs to torch, to its GPU builds, and to the rest. No index is asked here."""

from pathlib import Path

import pytest

from scripts.supply.lockfile import LockedPackage
from scripts.supply.resolving import read_other_builds, shorten, split_torch


def package(name: str, *hashes: str) -> LockedPackage:
    return LockedPackage(name, "1", "", hashes)


def test_torch_and_what_its_gpu_builds_need_have_locks_of_their_own() -> None:
    names = ("torch", "nvidia-cublas", "cuda-bindings", "triton", "numpy", "torchmetrics", "cudatext")
    groups = split_torch([package(name) for name in names], [])
    assert {group: [item.name for item in items] for group, items in groups.items()} == {
        "torch": ["torch"],
        "cuda": ["nvidia-cublas", "cuda-bindings", "triton"],
        "base": ["numpy", "torchmetrics", "cudatext"],
    }


def test_torch_may_also_be_a_build_that_the_index_does_not_list() -> None:
    groups = split_torch([package("torch", "a", "b"), package("numpy", "c")], ["d", "a"])
    assert sorted(groups["torch"][0].hashes) == ["a", "b", "d"]
    assert groups["base"][0].hashes == ("c",)


def test_other_builds_are_those_of_the_pinned_version(tmp_path: Path) -> None:
    path = tmp_path / "builds.toml"
    path.write_text(
        '[torch]\n"torch-2.13.0+cpu-a.whl" = "new"\n"torch-2.13.01+cpu-a.whl" = "x"\n"torch-2.12.0+cpu-a.whl" = "old"\n'
    )
    assert read_other_builds(path, "# torch==1\ntorch==2.13.0\ntorchvision==9\n") == ["new"]
    assert read_other_builds(path, "torch==2.14.0\n") == []


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("python_full_version < '3.15' and (sys_platform == 'darwin' or sys_platform == 'linux')", ""),
        ("python_full_version < '3.15' and sys_platform == 'linux'", "sys_platform == 'linux'"),
        (
            "python_full_version < '3.12' and sys_platform == 'linux'",
            "python_full_version < '3.12' and sys_platform == 'linux'",
        ),
        (
            "python_full_version < '3.15' and implementation_name != 'pypy' and "
            "(sys_platform == 'darwin' or sys_platform == 'linux')",
            "implementation_name != 'pypy'",
        ),
        ("", ""),
    ],
)
def test_markers_say_only_what_does_not_hold_anyway(written: str, meant: str) -> None:
    assert shorten(written) == meant
