"""Install what the server needs into the environment that runs this: `python -m scripts.supply.install GROUP`.

GROUP is `base`, or an extra, which comes on top of `base`. pip takes only files whose sha256 hashes are in `locks/`.
This module needs nothing but Python and pip, for it runs first.
"""

import argparse
import importlib
import os
import re
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Sequence
from importlib import metadata

from scripts.supply.lockfile import LOCKS, ROOT, read_lock
from scripts.supply.resolving import CONSTRAINTS, EDITABLE_TOOLS, FLASH_ATTN_TOOLS, GPU_PACKAGES

PIP = (sys.executable, "-m", "pip", "--disable-pip-version-check")
INSTALL = (*PIP, "install", "-qq")
"""Twice quiet: of an index in a folder, pip warns about each package that it lacks."""

LOCKED = (*INSTALL, "--no-deps", "--require-hashes")
EXTRAS = ("cluster", "dev", "embeddings", "gpu", "video")

HINT = """
The installation has failed; pip's words are above.
Where it says that hashes do not match: the index has sent other files than PyPI published. If that is a mirror of yours
that builds packages itself, and you trust it, install by version alone: make install HASHES=off
Where it finds no file: the index lacks that version, or the files of it that suit this Python and machine."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Install, and return 0, or 1 after a hint."""
    parser = argparse.ArgumentParser(prog="python -m scripts.supply.install", description=__doc__)
    parser.add_argument("group", choices=("base", *EXTRAS))
    parser.add_argument("--hashes", choices=("on", "off"), default="on", help="off: by version alone")
    options = parser.parse_args(arguments)
    try:
        (install_locked if options.hashes == "on" else install_by_version)(options.group)
    except subprocess.CalledProcessError:
        print(HINT, file=sys.stderr)
        return 1
    return 0


def install_locked(group: str) -> None:
    """Install the locked files of a group, and see that nothing is missing. Raise CalledProcessError."""
    if group == "base":
        install_locked_torch()
        run(*LOCKED, *read_options("build", "base", *(["cuda"] if is_for_gpu() else [])))
    elif group == "gpu":
        run(*LOCKED, *read_options("gpu-build"))
        # else its build fetches a binary from elsewhere, which no hash here speaks of
        run(*LOCKED, "--no-build-isolation", *read_options("gpu"), FLASH_ATTENTION_FORCE_BUILD="TRUE")
    else:
        run(*LOCKED, *read_options(group))
    check()


def install_locked_torch() -> None:
    """Install the build of torch that pip finds first, if its hash is locked: PyPI's, or one for the CPU.

    Asked for a hash right away, pip passes by a build whose hash its place does not tell.
    """
    (torch,) = read_lock("torch")
    if is_here(torch.name, torch.version):
        return
    with tempfile.TemporaryDirectory() as folder:
        run(*PIP, "download", "-qq", "--no-deps", "--dest", folder, f"torch=={torch.version}")
        run(*LOCKED, "--no-index", "--find-links", folder, *read_options("torch"))


def install_by_version(group: str) -> None:
    """Install the versions of constraints.txt, whatever files the index sends. Raise CalledProcessError."""
    constrained = (*INSTALL, "--constraint", str(CONSTRAINTS))
    if group == "base":
        run(*constrained, "torch")  # first, so that nothing that depends on it picks another build
        run(*constrained, "hatchling", *EDITABLE_TOOLS)
    if group == "gpu":
        run(*constrained, *FLASH_ATTN_TOOLS)
        run(*constrained, "--no-build-isolation", "flash-attn")
    else:
        run(*constrained, *read_requirements(group))


def read_requirements(group: str) -> list[str]:
    """Return the requirements of the project, or of an extra, as pyproject.toml has them."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    found: list[str] = project["dependencies"] if group == "base" else project["optional-dependencies"][group]
    return found


def read_options(*groups: str) -> list[str]:
    """Return pip's options that name the lock files of groups."""
    return [option for group in groups for option in ("--requirement", str(LOCKS / f"{group}.txt"))]


def is_here(name: str, version: str) -> bool:
    """Return whether a package is installed in a version, in whichever build."""
    importlib.invalidate_caches()
    try:
        return metadata.version(name).partition("+")[0] == version
    except metadata.PackageNotFoundError:
        return False


def is_for_gpu() -> bool:
    """Return whether the torch that is installed needs the libraries of CUDA."""
    importlib.invalidate_caches()
    needed = [item for item in metadata.requires("torch") or () if not re.search(r"\bextra\b", item)]
    return any(item.startswith(GPU_PACKAGES) for item in needed)


def check() -> None:
    """See that each package has what it needs, for the locks were installed as they are. Raise CalledProcessError."""
    done = subprocess.run((*PIP, "check"), capture_output=True, text=True)
    if done.returncode:
        print(done.stdout, file=sys.stderr)
        done.check_returncode()


def run(*command: str, **variables: str) -> None:
    subprocess.run(command, check=True, cwd=ROOT, env={**os.environ, **variables})


if __name__ == "__main__":
    sys.exit(main())
