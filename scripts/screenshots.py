"""Pictures of the pages for the READMEs, on the demo checkpoint.

make screenshots
"""

import argparse
import io
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from PIL import Image
from playwright.sync_api import Browser, Page

from scripts.browser import find_chromium, launched

NUM_COLOURS = 256
"""Drawn pages have few, and their pictures need not be large."""

QUESTIONS = {"en": "How much is it?", "zh": "多少钱？"}


@dataclass(frozen=True)
class Shot:
    """A page as somebody sees it; sizes in CSS pixels."""

    name: str
    language: Literal["en", "zh"]
    scheme: Literal["light", "dark"]
    width: int
    height: int
    is_asked: bool


SHOTS = (
    Shot("chat-en", "en", "light", 1120, 720, is_asked=True),
    Shot("chat-zh", "zh", "light", 1120, 720, is_asked=True),
    Shot("chat-start-en", "en", "dark", 1120, 720, is_asked=False),
    Shot("chat-phone-zh", "zh", "dark", 360, 720, is_asked=True),
)


def main() -> int:
    parser = argparse.ArgumentParser(description="Take pictures of the pages.")
    parser.add_argument("folder", type=Path)
    folder: Path = parser.parse_args().folder
    chromium = find_chromium()
    if chromium is None:
        print("Chromium is needed: make chromium", file=sys.stderr)
        return 1
    with tempfile.TemporaryDirectory() as data, demo_server(data) as address, launched(chromium) as browser:
        take_all(browser, address, folder)
    return 0


@contextmanager
def demo_server(data: str) -> Iterator[str]:
    """Its address."""
    command = (sys.executable, "-m", "server", "--port", "0", "--data", data)
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    assert process.stdout is not None
    try:
        address = next(line.split()[-1] for line in process.stdout if "address" in line)
        yield address
    finally:
        process.terminate()
        process.communicate()


def take_all(browser: Browser, address: str, folder: Path) -> None:
    """Each in a dialogue of its own."""
    folder.mkdir(parents=True, exist_ok=True)
    for shot in SHOTS:
        context = browser.new_context(
            locale={"en": "en-US", "zh": "zh-CN"}[shot.language],
            color_scheme=shot.scheme,
            viewport={"width": shot.width, "height": shot.height},
            reduced_motion="reduce",
        )
        (folder / f"{shot.name}.png").write_bytes(small(take(context.new_page(), address, shot)))
        context.close()


def take(page: Page, address: str, shot: Shot) -> bytes:
    page.goto(address)
    page.wait_for_selector("body[data-ready]")
    page.wait_for_load_state("networkidle")
    if shot.is_asked:
        page.click(".card >> nth=0")
        page.wait_for_selector(".actions:visible")
        page.fill("#question", QUESTIONS[shot.language])
        page.press("#question", "Enter")
        page.wait_for_selector(".turns > li:nth-child(2) .actions:visible")
        page.wait_for_selector(".session-link[aria-current]", state="attached")
    return page.screenshot()


def small(png: bytes) -> bytes:
    buffer = io.BytesIO()
    image = Image.open(io.BytesIO(png)).convert("RGB")
    image.quantize(NUM_COLOURS, Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE).save(buffer, "PNG", optimize=True)
    return buffer.getvalue()


if __name__ == "__main__":
    sys.exit(main())
