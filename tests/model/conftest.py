"""A checkpoint that tests may change."""

import shutil
from pathlib import Path

import pytest


@pytest.fixture
def checkpoint(golden_folder: Path, tmp_path: Path) -> Path:
    """Copy the recorded checkpoint, so that a test may damage it."""
    folder = tmp_path / "checkpoint"
    shutil.copytree(golden_folder / "checkpoint", folder)
    return folder
