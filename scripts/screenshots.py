"""Take the screenshots of the documentation on the demo checkpoint: `make screenshots`."""

import argparse
import io
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from PIL import Image
from playwright.sync_api import Browser, FilePayload, Page

from scripts.browser import find_chromium, launch_browser
from scripts.desk_customers import bring_customers, open_taken
from scripts.documents.pdf_writer import text_page, write_pdf
from scripts.traffic.process import demo_server

NUM_COLOURS = 256
"""Enough for drawn pages, and it keeps the files small."""

QUESTIONS = {"en": "How much is it?", "zh": "多少钱？"}

CARD = Path(__file__).parents[1] / "docs" / "samples" / "blue-striped-shirt.png"
COMPARED = {
    "sampling": ({"temperature": "0"}, {"temperature": "1.8", "top_p": "1", "top_k": "0", "seed": "4"}),
    "pictures": ({"max_slice_nums": "1"}, {"max_slice_nums": "4"}),
}
"""The parameters of the two sets in the playground, by groups."""

LOAD = Path(__file__).with_name("load.py")
PRICES = CARD.with_name("prices.csv")
MANUAL = [
    text_page(
        ["Kettle AB-123", "", "1  Before the first use", "Fill the kettle up to the mark and boil the water once."]
    ),
    text_page(
        [
            "2  Care",
            "",
            "Wipe the kettle with a soft cloth. Do not put it into water.",
            "Descaling is due every three months: boil it with two spoons of citric acid.",
            "Rinse it twice before you use it again.",
        ]
    ),
]
"""A manual of two pages."""

SHOP = Path(__file__).parents[1] / "server" / "knowledge" / "example" / "shop"
HIT_QUESTION = "条纹衬衫是什么材质的？"
PRODUCT = "GS-200"
READING_S = 60
"""How long the example shop may take to be read."""

NUM_CLIENTS = 3
WARM_UP_S = 40
"""The seconds of traffic before the operations page, so that its charts are not empty."""


@dataclass(frozen=True)
class Shot:
    """A screenshot of a page; sizes in CSS pixels. With `is_asked` it has answers; `shows` is what of a document."""

    name: str
    language: Literal["en", "zh"]
    scheme: Literal["light", "dark"]
    width: int
    height: int
    is_asked: bool = False
    path: str = "/"
    shows: Literal["", "source", "chart", "graph", "hits"] = ""


SHOTS = (
    Shot("chat-en", "en", "light", 1120, 720, is_asked=True),
    Shot("chat-zh", "zh", "light", 1120, 720, is_asked=True),
    Shot("chat-start-en", "en", "dark", 1120, 720),
    Shot("chat-phone-zh", "zh", "dark", 360, 720, is_asked=True),
    Shot("source-en", "en", "light", 1120, 720, shows="source"),
    Shot("source-zh", "zh", "light", 1120, 720, shows="source"),
    Shot("chart-en", "en", "light", 1120, 960, shows="chart"),
    Shot("chart-zh", "zh", "dark", 1120, 960, shows="chart"),
    Shot("playground-en", "en", "light", 1280, 1000, is_asked=True, path="/playground"),
    Shot("playground-zh", "zh", "light", 1280, 1000, is_asked=True, path="/playground"),
    Shot("playground-dark-en", "en", "dark", 1280, 1000, is_asked=True, path="/playground"),
    Shot("playground-phone-zh", "zh", "dark", 360, 720, is_asked=True, path="/playground"),
    Shot("knowledge-en", "en", "light", 1280, 1000, path="/knowledge", shows="graph"),
    Shot("knowledge-zh", "zh", "dark", 1280, 1000, path="/knowledge", shows="hits"),
    Shot("desk-en", "en", "light", 1280, 800, path="/desk"),
    Shot("desk-zh", "zh", "dark", 1280, 800, path="/desk"),
    Shot("desk-phone-zh", "zh", "light", 360, 720, path="/desk"),
    Shot("ops-en", "en", "light", 1120, 860, path="/ops"),
    Shot("ops-zh", "zh", "dark", 1120, 860, path="/ops"),
    Shot("ops-phone-en", "en", "dark", 360, 720, path="/ops"),
)


def main() -> int:
    parser = argparse.ArgumentParser(description="Take screenshots of the pages on the demo checkpoint.")
    parser.add_argument("folder", type=Path, help="where the PNG files are written")
    folder: Path = parser.parse_args().folder
    chromium = find_chromium()
    if chromium is None:
        print("Chromium was not found; install it with: make chromium", file=sys.stderr)
        return 1
    with demo_server() as served, launch_browser(chromium) as browser:
        take_all(browser, served.address, folder)
    return 0


@contextmanager
def run_traffic(address: str, seconds: float) -> Iterator[None]:
    """Run clients that ask all the time; give control after some seconds of it."""
    command = (sys.executable, LOAD, "--url", address, "--clients", str(NUM_CLIENTS), "--seconds", "600")
    process = subprocess.Popen([*command, "--profile", "ecommerce"], stdout=subprocess.DEVNULL, cwd=LOAD.parents[1])
    try:
        time.sleep(seconds)
        yield
    finally:
        process.terminate()
        process.wait()


def take_all(
    browser: Browser, address: str, folder: Path, shots: Sequence[Shot] = SHOTS, warm_up_s: float = WARM_UP_S
) -> None:
    """Write the screenshots into `folder`; those of the operations page are taken while the server is busy."""
    folder.mkdir(parents=True, exist_ok=True)
    take_each(browser, address, folder, [shot for shot in shots if shot.path != "/ops"])
    with run_traffic(address, warm_up_s):
        take_each(browser, address, folder, [shot for shot in shots if shot.path == "/ops"])


def take_each(browser: Browser, address: str, folder: Path, shots: Sequence[Shot]) -> None:
    for shot in shots:
        context = browser.new_context(
            locale={"en": "en-US", "zh": "zh-CN"}[shot.language],
            color_scheme=shot.scheme,
            viewport={"width": shot.width, "height": shot.height},
            reduced_motion="reduce",
        )
        (folder / f"{shot.name}.png").write_bytes(reduce_colours(take_shot(context.new_page(), address, shot)))
        context.close()


def take_shot(page: Page, address: str, shot: Shot) -> bytes:
    if shot.path == "/knowledge":
        stock_shop(page, address)
    if shot.path == "/desk":
        bring_customers(page, address, CARD)
    page.goto(address + shot.path)
    page.wait_for_selector("body[data-ready]")
    if shot.path != "/desk":  # which has a stream open all the time
        page.wait_for_load_state("networkidle")
    if shot.is_asked:
        {"/": ask, "/playground": compare}[shot.path](page, shot)
    if shot.path == "/desk":
        open_taken(page)
    if shot.shows:
        {"source": open_source, "chart": draw_chart, "graph": draw_graph, "hits": find_hits}[shot.shows](page)
    return page.screenshot()


def ask(page: Page, shot: Shot) -> None:
    """Ask two questions in the chat, the first by clicking a card."""
    page.click(".card >> nth=0")
    page.wait_for_selector(".actions:visible")
    page.fill("#question", QUESTIONS[shot.language])
    page.press("#question", "Enter")
    page.wait_for_selector(".turns > li:nth-child(2) .actions:visible")
    page.wait_for_selector(".session-link[aria-current]", state="attached")


def open_source(page: Page) -> None:
    """Ask about a manual, and open the page that the answer is from."""
    page.set_input_files("#pick", {"name": "kettle.pdf", "mimeType": "application/pdf", "buffer": write_pdf(MANUAL)})
    page.fill("#question", "Which pages mention descaling?")
    page.press("#question", "Enter")
    page.click(".markdown .mark")
    page.wait_for_selector(".drawn-page .cited")


def draw_chart(page: Page) -> None:
    """Draw a chart of a price list."""
    page.set_input_files("#pick", PRICES)
    page.wait_for_selector('.chip[data-state="ready"]')
    page.click("button.documents")
    page.click("dialog .icon-button[data-label=document-tables]")
    page.click(".icon-button[data-label=chart-draw]")
    page.wait_for_selector(".chart img")


def stock_shop(page: Page, address: str) -> None:
    """Read the example shop into the knowledge base, and wait until it is read."""
    collection = f"{address}/collections/shop"
    page.request.put(collection, data={"title": "Example shop · 示例店铺"})
    for file in sorted(SHOP.glob("*.*")):
        if file.name != "collection.toml":
            sent = FilePayload(name=file.name, mimeType="application/octet-stream", buffer=file.read_bytes())
            page.request.post(f"{collection}/documents", multipart={"file": sent})
    deadline = time.monotonic() + READING_S
    while page.request.get(collection).json()["reading"] and time.monotonic() < deadline:
        time.sleep(0.2)


def draw_graph(page: Page) -> None:
    """Draw what is around a product."""
    page.click("#tab-graph")
    page.select_option("#entity-kind", "product")
    page.fill("#entity-search", PRODUCT)
    page.click("#view-graph button[type=submit]")
    page.click(f'.entity-list button[data-key="{PRODUCT}"]')
    page.wait_for_selector(".drawing canvas", state="attached")
    page.wait_for_load_state("networkidle")
    page.locator("#tab-graph").evaluate("(tab) => tab.scrollIntoView()")


def find_hits(page: Page) -> None:
    """Try a question in the hit test."""
    page.click("#tab-hits")
    page.fill("#question", HIT_QUESTION)
    page.press("#question", "Enter")
    page.wait_for_selector(".hit")


def compare(page: Page, shot: Shot) -> None:
    """Run two sets of parameters in the playground; show both prompts and the card of a token."""
    with page.expect_file_chooser() as chooser:
        page.click(".add-picture")
    chooser.value.set_files(CARD)
    page.fill(".part-text", QUESTIONS[shot.language])
    page.click("#toolbar .button >> nth=2")
    for group, sets in COMPARED.items():
        page.click(f'.group[data-group="{group}"] summary >> nth=0')
        for number, values in enumerate(sets, start=1):
            for name, value in values.items():
                page.fill(f"#set-{number}-{name}", value)
        page.click(f'.group[data-group="{group}"] summary >> nth=0')
    page.click("#toolbar .button >> nth=0")
    for index in range(2):
        page.click(f".set >> nth={index} >> .prompt summary")
    page.hover(".set >> nth=1 >> .tokens .token >> nth=0")


def reduce_colours(png: bytes) -> bytes:
    buffer = io.BytesIO()
    image = Image.open(io.BytesIO(png)).convert("RGB")
    image.quantize(NUM_COLOURS, Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE).save(buffer, "PNG", optimize=True)
    return buffer.getvalue()


if __name__ == "__main__":
    sys.exit(main())
