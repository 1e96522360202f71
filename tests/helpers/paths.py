"""Folders of the repository."""

from pathlib import Path

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
SAMPLE_FOLDER = DOCS / "samples"
TESTS = ROOT / "tests"
