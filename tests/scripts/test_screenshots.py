"""The screenshots of the documentation: which are taken, and that they are small."""

import io
import re
from pathlib import Path

import pytest
from PIL import Image

from scripts.browser import launch_browser
from scripts.screenshots import SHOTS, Shot, reduce_colours, take_all
from scripts.traffic.process import demo_server
from tests.helpers.chromium import chromium
from tests.helpers.documents import PAGES, read
from tests.helpers.paths import ROOT

FOLDER = ROOT / "docs" / "screenshots"
MAX_BYTES = 60_000
ONE_OF_EACH_PAGE = {"chat-phone-zh", "playground-en", "ops-zh"}


def test_every_picture_is_taken_and_shown() -> None:
    shown = {name for page in PAGES for name in re.findall(r"screenshots/([\w-]+)\.png", read(page))}
    assert shown == {shot.name for shot in SHOTS} == {file.stem for file in FOLDER.iterdir()}


@pytest.mark.parametrize("shot", SHOTS, ids=lambda shot: shot.name)
def test_pictures_are_small_and_of_their_size(shot: Shot) -> None:
    file = FOLDER / f"{shot.name}.png"
    assert file.stat().st_size < MAX_BYTES
    with Image.open(file) as image:
        assert image.size == (shot.width, shot.height)


def test_fewer_colours_look_the_same() -> None:
    buffer = io.BytesIO()
    Image.new("RGB", (40, 40), "#2456c9").save(buffer, "PNG")
    with Image.open(io.BytesIO(reduce_colours(buffer.getvalue()))) as image:
        assert (image.mode, image.convert("RGB").getpixel((5, 5))) == ("P", (0x24, 0x56, 0xC9))


@pytest.mark.parametrize(
    "names",
    [ONE_OF_EACH_PAGE, {shot.name for shot in SHOTS} - ONE_OF_EACH_PAGE],
    ids=["one of each page", "the others"],
)
@pytest.mark.slow
def test_screenshots_are_taken_on_the_demo(tmp_path: Path, names: set[str]) -> None:
    shots = [shot for shot in SHOTS if shot.name in names]
    with demo_server() as served, launch_browser(chromium()) as browser:
        take_all(browser, served.address, tmp_path, shots, warm_up_s=1)
    assert {file.stem for file in tmp_path.iterdir()} == names
    assert all((tmp_path / f"{name}.png").stat().st_size > 5_000 for name in names)
