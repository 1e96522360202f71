"""Pictures over a limit are made smaller in the page, and all others are sent as they are."""

import base64
from typing import Any

from PIL import Image
from playwright.sync_api import Locator, Page, expect

from tests.helpers.pages import Visit, file
from tests.helpers.pictures import encode, open_noise, png
from tests.helpers.processes import get
from tests.web.conftest import Open, Serve

ADD = """async ([width, height, padding, type]) => {
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = [width, height];
    const context = canvas.getContext("2d");
    context.fillStyle = "red";
    context.fillRect(0, 0, width / 2, height);
    const blob = await new Promise((resolve) => canvas.toBlob(resolve, type));
    const data = new DataTransfer();
    data.items.add(new File([blob, new Uint8Array(padding)], "photo", { type }));
    const input = document.querySelector("#pick");
    input.files = data.files;
    input.dispatchEvent(new Event("change"));
}"""
"""Adds a picture whose left half is red, and whose right half is transparent."""

PIXEL = """async (image, [x, y]) => {
    await image.decode();
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = [image.naturalWidth, image.naturalHeight];
    const context = canvas.getContext("2d");
    context.drawImage(image, 0, 0);
    return [...context.getImageData(x * canvas.width, y * canvas.height, 1, 1).data];
}"""


def add(page: Page, size: tuple[int, int], padding: int = 0, media_type: str = "image/png") -> None:
    page.evaluate(ADD, [*size, padding, media_type])


def shown(page: Page) -> Locator:
    return page.locator(".tray img")


def measure(picture: Locator) -> list[int]:
    size: list[int] = picture.evaluate("(image) => [image.naturalWidth, image.naturalHeight]")
    return size


def sent(chat: Visit) -> list[dict[str, Any]]:
    """The parts of the newest question."""
    (session,) = get(f"{chat.address}/sessions")["sessions"]
    parts: list[dict[str, Any]] = get(f"{chat.address}/sessions/{session['id']}")["turns"][-1]["messages"][0]["content"]
    return parts


def test_a_picture_of_too_many_pixels_is_made_smaller_over_white_and_upright(serve: Serve, open_page: Open) -> None:
    chat = open_page(serve(max_image_pixels=100_000))
    add(chat.page, (1000, 500))
    expect(shown(chat.page)).to_have_count(1)
    width, height = measure(shown(chat.page))
    assert 90_000 < width * height <= 100_000
    assert abs(width - 2 * height) <= 2
    for place, colour in (([0.25, 0.5], [255, 0, 0]), ([0.75, 0.5], [255, 255, 255])):
        pixel = shown(chat.page).evaluate(PIXEL, place)
        assert max(abs(a - b) for a, b in zip(pixel, [*colour, 255], strict=True)) < 8
    chat.ask("smaller")
    chat.expect_answers("1/1: smaller")
    assert sent(chat)[0]["mime"] == "image/jpeg"

    # what is within the limits is sent as it was given, byte by byte
    chat.page.locator("#pick").set_input_files([file()])
    chat.ask("as it is")
    chat.expect_answers("1/1: smaller", "2/2: as it is")
    assert (sent(chat)[0]["mime"], sent(chat)[0]["num_bytes"]) == ("image/png", len(png()))

    turned = Image.Exif()
    turned[0x0112] = 6
    photo = encode(Image.new("RGB", (900, 300), "blue"), "JPEG", exif=turned)
    chat.page.locator("#pick").set_input_files([file("photo.jpg", photo, "image/jpeg")])
    expect(shown(chat.page)).to_have_count(1)
    width, height = measure(shown(chat.page))
    assert abs(height - 3 * width) <= 3
    chat.button("Remove picture 1").click()

    # a question waits for a photo that is being made smaller
    chat.page.evaluate(
        """() => {
            const real = window.createImageBitmap;
            window.createImageBitmap = async (...given) => {
                await new Promise((resolve) => (window.goOn = resolve));
                return real(...given);
            };
        }"""
    )
    chat.button("New conversation").click()
    add(chat.page, (1000, 500))
    chat.page.wait_for_function("() => window.goOn")
    chat.ask("large")
    expect(chat.page.locator("#question")).to_have_value("large")
    chat.page.evaluate("() => window.goOn()")
    chat.expect_answers("1/1: large")


def test_pictures_that_are_too_large_together_are_made_smaller_too(serve: Serve, open_page: Open) -> None:
    chat = open_page(serve(max_body_bytes=900_000))
    photo = base64.b64encode(encode(open_noise((380, 380)))).decode()
    chat.page.locator("#pick").set_input_files([file(content=base64.b64decode(photo)) for _ in range(2)])
    expect(shown(chat.page)).to_have_count(2)
    assert [measure(shown(chat.page).nth(index)) for index in range(2)] == [[380, 380]] * 2
    chat.ask("two")
    chat.expect_answers("2/1: two")
    assert {"image/jpeg"} <= {part["mime"] for part in sent(chat) if part["type"] == "picture"}

    # a file that cannot be read is told
    chat.page.evaluate(
        """() => {
            const gone = new File(["x"], "gone.png", { type: "image/png" });
            gone.slice = () => ({ arrayBuffer: () => Promise.reject(new DOMException("", "NotReadableError")) });
            const event = new Event("drop", { bubbles: true, cancelable: true });
            event.dataTransfer = { types: ["Files"], files: [gone] };
            document.body.dispatchEvent(event);
        }"""
    )
    expect(chat.page.locator(".composer .error")).to_have_text("“gone.png” cannot be read, so it was not added.")
    expect(shown(chat.page)).to_have_count(0)
