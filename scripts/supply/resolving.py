"""Which packages the server and its extras need on every platform, by uv's resolver and the index's hashes.

`constraints.txt` has the say about versions. Where it is silent, as about what only other platforms need, the versions
of the last lock stay if they still fit.
"""

import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from scripts.supply.lockfile import ROOT, LockedPackage, parse_lock, read_constraints

PROJECT = ROOT / "pyproject.toml"
CONSTRAINTS = ROOT / "constraints.txt"
OTHER_BUILDS = ROOT / "locks" / "other-builds.toml"

OLDEST_PYTHON = "3.11"
EVERYWHERE = (
    " and (sys_platform == 'darwin' or sys_platform == 'linux')",
    "python_full_version < '3.15' and ",
    "python_full_version < '3.15'",
)
"""What uv writes into each marker of a lock that is for `environments` in pyproject.toml alone."""

GPU_PACKAGES = ("cuda-", "nvidia-", "triton")
"""What torch needs beside itself for NVIDIA's GPUs. Its builds for the CPU do not, so they have a lock of their own."""

EDITABLE_TOOLS = ("editables",)
"""What hatchling needs beside itself to install the project as it lies there."""

FLASH_ATTN_TOOLS = ("ninja", "setuptools", "wheel")
"""flash-attn is built on the spot, but says nowhere what with."""


def resolve_groups(known: Sequence[LockedPackage]) -> Mapping[str, list[LockedPackage]]:
    """Return the packages of each lock file; `known` are those of the last lock. Raise CalledProcessError."""
    project = tomllib.loads(PROJECT.read_text(encoding="utf-8"))
    build_tools = [*project["build-system"]["requires"], *EDITABLE_TOOLS]
    constraints = CONSTRAINTS.read_text(encoding="utf-8")
    whole = _compile([str(PROJECT), "--all-extras"], [*build_tools, *FLASH_ATTN_TOOLS], constraints, known)
    pins = "".join(f"{package.name}=={package.version}\n" for package in whole)
    server = _compile([str(PROJECT)], [], pins, whole)
    build = _without(_compile([], build_tools, pins, whole), server)
    groups = split_torch(server, read_other_builds(OTHER_BUILDS, constraints)) | {"build": build}
    for extra in project["project"]["optional-dependencies"]:
        groups[extra] = _without(_compile([str(PROJECT), "--extra", extra], [], pins, whole), [*server, *build])
    groups["gpu-build"] = _without(_compile([], FLASH_ATTN_TOOLS, pins, whole), [*server, *build])
    return groups


def split_torch(server: Sequence[LockedPackage], other_builds: Sequence[str]) -> dict[str, list[LockedPackage]]:
    """Return torch, what its builds for a GPU need, and the rest; torch may also be one of `other_builds`, by hash."""
    torch = [package for package in server if package.name == "torch"]
    cuda = [package for package in server if package.name.startswith(GPU_PACKAGES)]
    return {
        "torch": [replace(package, hashes=tuple({*package.hashes, *other_builds})) for package in torch],
        "cuda": cuda,
        "base": _without(server, [*torch, *cuda]),
    }


def read_other_builds(path: Path, constraints: str) -> list[str]:
    """Return the hashes of the builds of torch that the index does not list, of the version that is pinned."""
    builds = tomllib.loads(path.read_text(encoding="utf-8"))
    version = read_constraints(constraints)["torch"]
    return [digest for name, digest in builds["torch"].items() if name.startswith(f"torch-{version}+")]


def _without(packages: Sequence[LockedPackage], others: Sequence[LockedPackage]) -> list[LockedPackage]:
    keys = {package.key for package in others}
    return [package for package in packages if package.key not in keys]


def _compile(
    sources: Sequence[str], requirements: Sequence[str], constraints: str, known: Sequence[LockedPackage]
) -> list[LockedPackage]:
    """Return what pyproject.toml and the further requirements need, with the hashes of all files of each version."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "constraints.txt").write_text(constraints, encoding="utf-8")
        (folder / "requirements.in").write_text("\n".join(requirements), encoding="utf-8")
        output = folder / "lock.txt"  # uv keeps the versions that it finds there
        output.write_text("".join(f"{package.name}=={package.version}\n" for package in known), encoding="utf-8")
        options = ["--universal", "--python-version", OLDEST_PYTHON, "--generate-hashes", "--no-header"]
        options += ["--no-annotate", "--quiet", "--constraints", str(folder / "constraints.txt")]
        inputs = [*sources, *([str(folder / "requirements.in")] if requirements else [])]
        command = [sys.executable, "-m", "uv", "pip", "compile", *options, "--output-file", str(output), *inputs]
        subprocess.run(command, cwd=ROOT, check=True)
        packages = parse_lock(output.read_text(encoding="utf-8"))
    return [replace(package, marker=shorten(package.marker)) for package in packages]


def shorten(marker: str) -> str:
    """Return a marker without what holds wherever the lock is for."""
    for part in EVERYWHERE:
        marker = marker.replace(part, "")
    return marker
