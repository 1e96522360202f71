"""What is installed, in which order, from which locks, and what is said when it fails."""

from pathlib import Path

import pytest

from scripts.supply.install import EXTRAS, read_requirements
from scripts.supply.lockfile import read_lock
from tests.helpers.fake_pip import FakePip

(TORCH,) = read_lock("torch")


def test_torch_comes_first_by_hash_from_the_file_that_pip_finds_by_itself(tmp_path: Path) -> None:
    pip = FakePip.write(tmp_path / "fake")
    done = pip.install("base")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    download, torch, rest, check = pip.calls
    assert "download -qq --no-deps --dest " in download
    assert download.endswith(f" torch=={TORCH.version}")
    folder = download.split()[-2]
    assert f"--no-deps --require-hashes --no-index --find-links {folder} --requirement " in torch
    assert torch.endswith("locks/torch.txt")
    assert not Path(folder).exists(), "a wheel of torch is large"
    assert "--no-deps --require-hashes" in rest
    assert [Path(word).name for word in rest.split() if word.endswith(".txt")] == ["build.txt", "base.txt"]
    assert check.endswith("check")


@pytest.mark.parametrize(
    ("needs", "is_for_gpu"),
    [
        ('nvidia-cudnn-cu13==9.20; platform_system == "Linux"', True),
        ("triton==3.7.1", True),
        ("cuda-bindings<14", True),
        ("nvidia-cudnn-cu13; extra == 'cuda'", False),
        ("setuptools", False),
    ],
)
def test_the_libraries_of_cuda_come_with_a_torch_that_needs_them(tmp_path: Path, needs: str, is_for_gpu: bool) -> None:
    pip = FakePip.write(tmp_path / "fake", torch_needs=needs)
    assert pip.install("base").returncode == 0
    assert pip.calls[2].endswith("/locks/cuda.txt") == is_for_gpu


@pytest.mark.parametrize(("version", "num_calls"), [(TORCH.version, 2), (f"{TORCH.version}+cpu", 2), ("1.0", 4)])
def test_torch_is_not_fetched_again(tmp_path: Path, version: str, num_calls: int) -> None:
    pip = FakePip.write(tmp_path / "fake", torch_version=version)
    pip.put_torch()
    assert pip.install("base").returncode == 0
    assert len(pip.calls) == num_calls


@pytest.mark.parametrize("extra", ["dev", "cluster", "embeddings", "video"])
def test_an_extra_comes_from_its_own_lock(tmp_path: Path, extra: str) -> None:
    pip = FakePip.write(tmp_path / "fake")
    assert pip.install(extra).returncode == 0
    (install, _) = pip.calls
    assert "--require-hashes" in install
    assert install.endswith(f"locks/{extra}.txt")


def test_flash_attn_is_built_here_with_tools_that_are_there_before(tmp_path: Path) -> None:
    pip = FakePip.write(tmp_path / "fake")
    assert pip.install("gpu").returncode == 0
    tools, build, _ = pip.calls
    assert tools.endswith("locks/gpu-build.txt")
    assert "--require-hashes --no-build-isolation" in build
    assert build.endswith("locks/gpu.txt FLASH_ATTENTION_FORCE_BUILD=TRUE"), "else it fetches a binary from elsewhere"


@pytest.mark.parametrize("failing", ["download", "base.txt", "check"])
def test_a_failure_names_the_way_out(tmp_path: Path, failing: str) -> None:
    done = FakePip.write(tmp_path / "fake", failing=failing).install("base")
    assert done.returncode == 1
    assert "what pip says" in done.stdout + done.stderr
    assert "make install HASHES=off" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("group", ["base", *EXTRAS])
def test_hashes_can_be_left_out(tmp_path: Path, group: str) -> None:
    pip = FakePip.write(tmp_path / "fake")
    assert pip.install(group, "--hashes", "off").returncode == 0
    assert all("--constraint" in call and "constraints.txt" in call for call in pip.calls)
    assert not any("hashes" in call or "locks/" in call for call in pip.calls)
    assert pip.calls[-1].endswith(" ".join(read_requirements(group)) if group != "gpu" else " flash-attn")


def test_by_version_too_torch_comes_first(tmp_path: Path) -> None:
    pip = FakePip.write(tmp_path / "fake")
    pip.install("base", "--hashes", "off")
    assert pip.calls[0].endswith(" torch")
    assert pip.calls[1].endswith(" hatchling editables"), "what builds the project is not fetched by the build"


def test_an_unknown_group_is_refused(tmp_path: Path) -> None:
    done = FakePip.write(tmp_path / "fake").install("everything")
    assert done.returncode == 2
    assert "invalid choice: 'everything'" in done.stderr
