"""What tests of checkpoints share."""

import shutil
from pathlib import Path

import pytest


@pytest.fixture
def checkpoint(golden_folder: Path, tmp_path: Path) -> Path:
    """A copy of the recorded one, to spoil."""
    folder = tmp_path / "checkpoint"
    shutil.copytree(golden_folder / "checkpoint", folder)
    return folder
