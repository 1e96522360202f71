"""Previews: what the model sees of a picture, small, and refused like any picture."""

import base64
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from litestar.testing import TestClient
from PIL import Image

from server.api.pages.preview import MAX_SIDE
from server.engine.async_engine import AsyncEngine, RequestLimits
from server.keys.keyfile import add_key
from server.keys.keyring import KeyRing
from server.settings.settings import Settings
from tests.helpers.apps import stored_app
from tests.helpers.fakes import FakeChatModel
from tests.helpers.keys import make_key, make_secret
from tests.helpers.pictures import encode, open_noise, png, png_base64

ORIENTATION = 0x0112
PATH = "/pictures/preview"


@pytest.fixture(scope="module")
def client() -> Iterator[TestClient[Any]]:
    with TestClient(stored_app(Settings(), AsyncEngine(FakeChatModel(), {}, RequestLimits(1)))) as client:
        yield client


def encode_tiff(image: Image.Image, **options: Any) -> str:
    buffer = io.BytesIO()
    image.save(buffer, "TIFF", compression="tiff_lzw", **options)
    return base64.b64encode(buffer.getvalue()).decode()


def draw(client: TestClient[Any], image: str) -> Image.Image:
    response = client.post(PATH, json={"image": image})
    assert (response.status_code, response.headers["content-type"]) == (200, "image/jpeg")
    return Image.open(io.BytesIO(response.content))


def test_a_tiff_is_drawn_upright_and_within_the_size(client: TestClient[Any]) -> None:
    large = Image.new("RGB", (3000, 1500), "blue")
    large.paste("yellow", (0, 0, 1500, 1500))
    drawn = draw(client, encode_tiff(large))
    assert drawn.size == (MAX_SIDE, MAX_SIDE // 2)
    assert all(abs(a - b) < 8 for a, b in zip(drawn.getpixel((10, 10)), (255, 255, 0), strict=True))  # type: ignore[arg-type]
    turned = Image.Exif()
    turned[ORIENTATION] = 6
    assert draw(client, encode_tiff(Image.new("RGB", (40, 20)), exif=turned)).size == (20, 40)


def test_any_form_of_a_picture_is_taken_and_small_ones_keep_their_size(client: TestClient[Any]) -> None:
    for image in (png_base64((9, 5)), f"data:image/png;base64,{png_base64((9, 5))}"):
        assert draw(client, image).size == (9, 5)
    noise = base64.b64encode(encode(open_noise((200, 100)))).decode()
    assert draw(client, noise).size == (200, 100)


def test_what_cannot_be_drawn_is_refused_with_its_reason(client: TestClient[Any]) -> None:
    for image, status, words in (
        (base64.b64encode(b"nothing").decode(), 400, "the picture cannot be used"),
        (base64.b64encode(png()[:40]).decode(), 400, "the picture cannot be used"),
        ("", 400, "image"),
        ("http://shop.example/a.png", 400, "picture"),
    ):
        response = client.post(PATH, json={"image": image})
        assert response.status_code == status, image
        assert words in response.json()["error"]


def test_previews_have_the_limits_and_the_keys_of_other_pictures(tmp_path: Path) -> None:
    add_key(tmp_path / "keys.toml", make_key())
    engine = AsyncEngine(FakeChatModel(), {}, RequestLimits(1))
    settings = Settings(max_image_pixels=100, max_body_bytes=2048)
    with TestClient(stored_app(settings, engine, keys=KeyRing(path=tmp_path / "keys.toml"))) as client:
        assert client.post(PATH, json={"image": png_base64()}).status_code == 401
        key = {"Authorization": f"Bearer {make_secret('ann')}"}
        for image, status in ((png_base64(), 200), (png_base64((20, 20)), 413), ("A" * 4096, 413)):
            assert client.post(PATH, json={"image": image}, headers=key).status_code == status
