"""A pip that writes down how it is called. It installs nothing but the metadata of torch."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from tests.helpers.paths import ROOT

MODULE = """
import json, os, sys
from pathlib import Path

folder = Path(__file__).parents[1]
arguments = sys.argv[1:]
environment = {name: value for name, value in os.environ.items() if name.startswith("FLASH_")}
with (folder / "calls").open("a") as calls:
    calls.write(json.dumps([arguments, environment]) + "\\n")
if any(argument.endswith("/torch.txt") for argument in arguments):
    metadata = folder / "torch-0.dist-info" / "METADATA"
    metadata.parent.mkdir(exist_ok=True)
    metadata.write_text((folder / "torch").read_text())
if " ".join(arguments).find((folder / "failing").read_text() or "\\0") >= 0:
    print("what pip says")
    sys.exit(1)
"""


@dataclass(frozen=True)
class FakePip:
    """A folder with a package `pip`, which `python -m pip` takes before the true one."""

    folder: Path

    @classmethod
    def write(
        cls, folder: Path, torch_needs: str = "filelock", torch_version: str = "0", failing: str = ""
    ) -> "FakePip":
        """Make the package; a call with `failing` in it fails."""
        (folder / "pip").mkdir(parents=True)
        (folder / "pip" / "__init__.py").touch()
        (folder / "pip" / "__main__.py").write_text(MODULE)
        metadata = f"Metadata-Version: 2.1\nName: torch\nVersion: {torch_version}\nRequires-Dist: {torch_needs}\n"
        (folder / "torch").write_text(metadata)
        (folder / "failing").write_text(failing)
        return cls(folder)

    def put_torch(self) -> None:
        """Let torch be installed already."""
        (self.folder / "torch-0.dist-info").mkdir()
        (self.folder / "torch-0.dist-info" / "METADATA").write_text((self.folder / "torch").read_text())

    def install(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run the installation with this pip, in a Python without any installed package."""
        command = [sys.executable, "-S", "-m", "scripts.supply.install", *arguments]
        environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(self.folder)}
        return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)

    @property
    def calls(self) -> list[str]:
        """Return the arguments of each call, joined by spaces, and what it was told in `FLASH_` variables."""
        lines = (self.folder / "calls").read_text().splitlines()
        found = (json.loads(line) for line in lines)
        return [
            " ".join([*arguments, *(f"{name}={value}" for name, value in told.items())]) for arguments, told in found
        ]
