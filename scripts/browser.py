"""Headless Chromium for the tests and screenshots of the pages: the one of the system, nothing is downloaded."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
"""The names of the command, in the order of preference."""

FLAGS = ("--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--process-per-site")
"""Containers have no sandbox for root, no GPU, and little shared memory; pages that share a process open faster."""


def find_chromium() -> Path | None:
    """Return the first Chromium on the path, or None."""
    found = (shutil.which(name) for name in NAMES)
    return next((Path(path) for path in found if path), None)


@contextmanager
def launch_browser(chromium: Path, *flags: str) -> Iterator[Browser]:
    """Start Chromium with further flags, and close it at the end.

    Meanwhile no other event loop can run in this thread, because playwright runs its own.
    """
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=[*FLAGS, *flags])
        try:
            yield browser
        finally:
            browser.close()
