"""Chromium without a window, for the tests and screenshots of the pages. Debian's is enough: nothing is downloaded."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
"""Of the command, in the order in which they are looked for."""

FLAGS = ("--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage")
"""Root and containers have no sandbox to give, no GPU, and little shared memory."""


def find_chromium() -> Path | None:
    found = (shutil.which(name) for name in NAMES)
    return next((Path(path) for path in found if path), None)


@contextmanager
def launched(chromium: Path) -> Iterator[Browser]:
    """While it is open no other event loop can run in this thread: playwright's own does."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=list(FLAGS))
        try:
            yield browser
        finally:
            browser.close()
