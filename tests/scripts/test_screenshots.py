"""The pictures of the READMEs: what is taken, and that they are small."""

import io
import re
from pathlib import Path

import pytest
from PIL import Image

from scripts.browser import launched
from scripts.screenshots import SHOTS, Shot, demo_server, small, take_all
from tests.chromium import chromium

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "docs" / "screenshots"
MAX_BYTES = 60_000


def test_every_picture_is_taken_and_shown() -> None:
    shown = {
        name
        for readme in ("README.md", "README.zh-CN.md")
        for name in re.findall(r"docs/screenshots/([\w-]+)\.png", (ROOT / readme).read_text(encoding="utf-8"))
    }
    assert shown == {shot.name for shot in SHOTS} == {file.stem for file in FOLDER.iterdir()}


@pytest.mark.parametrize("shot", SHOTS, ids=lambda shot: shot.name)
def test_pictures_are_small_and_of_their_size(shot: Shot) -> None:
    file = FOLDER / f"{shot.name}.png"
    assert file.stat().st_size < MAX_BYTES
    with Image.open(file) as image:
        assert image.size == (shot.width, shot.height)


def test_small_keeps_what_is_seen() -> None:
    buffer = io.BytesIO()
    Image.new("RGB", (40, 40), "#2456c9").save(buffer, "PNG")
    with Image.open(io.BytesIO(small(buffer.getvalue()))) as image:
        assert (image.mode, image.convert("RGB").getpixel((5, 5))) == ("P", (0x24, 0x56, 0xC9))


def test_they_are_taken_on_the_demo(tmp_path: Path) -> None:
    found = chromium()
    with demo_server(str(tmp_path / "data")) as address, launched(found) as browser:
        take_all(browser, address, tmp_path, warm_up_s=5)
    assert {file.stem for file in tmp_path.glob("*.png")} == {shot.name for shot in SHOTS}
    assert all((tmp_path / f"{shot.name}.png").stat().st_size > 5_000 for shot in SHOTS)
