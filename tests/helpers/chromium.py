"""The browser that pages are tested in."""

import os
from pathlib import Path

import pytest

from scripts.browser import find_chromium


def chromium() -> Path:
    """Return the browser. Without one, skip the test, or fail it in CI, where all tests must run."""
    found = find_chromium()
    if found is not None:
        return found
    if os.environ.get("CI") == "true":
        pytest.fail("Chromium is needed here, and is not on the path: make chromium")
    pytest.skip("no Chromium to test the pages with: make chromium")
