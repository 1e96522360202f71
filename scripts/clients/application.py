"""An application of `applications.toml`: its environment, and the run of its program."""

import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import msgspec
from msgspec import Struct

FOLDER = Path(__file__).parent
INSTALL_TIMEOUT_S = 1800
RUN_TIMEOUT_S = 600
TORCH = "torch==2.13.0"
"""The version that `constraints.txt` pins as well."""


class Application(Struct, forbid_unknown_fields=True):
    """An application: its name for people, its program, and what is installed for it."""

    name: str
    program: str
    packages: list[str]
    has_torch: bool = False

    @property
    def version(self) -> str:
        return self.packages[0].partition("==")[2]


class Applications(Struct, forbid_unknown_fields=True):
    application: list[Application]


@dataclass(frozen=True)
class Outcome:
    """What came of a program: what had passed, and the end of its output where it failed."""

    application: Application
    passed: tuple[str, ...]
    failure: str = ""


def read_applications() -> list[Application]:
    text = (FOLDER / "applications.toml").read_bytes()
    return msgspec.toml.decode(text, type=Applications).application


def install(application: Application, environments: Path) -> Path:
    """Make the environment where it is not there yet, and return its Python. Raises `subprocess.SubprocessError`."""
    place = environments / application.program
    python, done = place / "bin" / "python", place / "installed"
    packages = "\n".join(application.packages)
    if done.exists() and done.read_text(encoding="utf-8") == packages:
        return python
    subprocess.run([sys.executable, "-m", "venv", str(place)], check=True)
    for wanted in ([TORCH] if application.has_torch else [], application.packages):
        if wanted:
            command = [str(python), "-m", "pip", "--disable-pip-version-check", "install", "--quiet", *wanted]
            subprocess.run(command, check=True, timeout=INSTALL_TIMEOUT_S)
    done.write_text(packages, encoding="utf-8")
    return python


def run(application: Application, python: Path, environment: Mapping[str, str]) -> Outcome:
    """Run the program with these variables of the environment, which `programs/common.py` reads."""
    # `-P` keeps the folder of the program from the path: it has names of the applications' own modules
    command = [str(python), "-P", "-c", START, str(FOLDER / "programs"), application.program]
    try:
        done = subprocess.run(
            command,
            env={**os.environ, **environment, "DO_NOT_TRACK": "1"},
            capture_output=True,
            text=True,
            timeout=RUN_TIMEOUT_S,
            check=False,
        )
        output, status = done.stdout + done.stderr, done.returncode
    except subprocess.TimeoutExpired:
        output, status = f"it took more than {RUN_TIMEOUT_S} s", 1
    passed = [line.removeprefix("passed: ") for line in output.splitlines() if line.startswith("passed: ")]
    return Outcome(application, tuple(passed), "" if status == 0 else output[-2000:])


START = """
import runpy, sys
folder, name = sys.argv[1:]
common = runpy.run_path(f"{folder}/common.py")
module = type(sys)("common")
module.__dict__.update(common)
sys.modules["common"] = module
runpy.run_path(f"{folder}/{name}.py", run_name="__main__")
"""
"""Runs a program of a folder with `common` beside it, without that folder on the path."""
