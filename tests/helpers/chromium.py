"""The browser that pages are tested in."""

import os
from pathlib import Path

import pytest

from scripts.browser import find_chromium


def chromium() -> Path:
    """Skips where there is none, but never where the tests must all run."""
    found = find_chromium()
    if found is not None:
        return found
    if os.environ.get("CI") == "true":
        pytest.fail("Chromium is needed here, and is not on the path: make chromium")
    pytest.skip("no Chromium to test the pages with: make chromium")
