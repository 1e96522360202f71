"""Pictures that the browser cannot draw are drawn by the server, and all are shown as the model sees them."""

import pytest
from PIL import Image
from playwright.sync_api import expect

from tests.helpers.pages import Visit, file
from tests.helpers.pictures import encode
from tests.helpers.playground import Bench
from tests.web.conftest import Open

WHITE = "rgb(255, 255, 255)"


@pytest.fixture
def chat(shared_chat: Visit) -> Visit:
    return shared_chat


def tiff(size: tuple[int, int] = (60, 30)) -> bytes:
    return encode(Image.new("RGB", size, "blue"), "TIFF")


def count_previews(visit: Visit) -> int:
    return sum(url.endswith("/pictures/preview") for url in visit.requested)


def test_a_tiff_is_shown_before_and_after_it_is_sent(chat: Visit) -> None:
    chat.page.locator("#pick").set_input_files([file(), file("scan.tif", tiff(), "image/tiff")])
    expect(chat.page.locator(".tray img").last).to_have_js_property("naturalWidth", 60)
    expect(chat.page.locator(".placeholder")).to_have_count(0)
    assert count_previews(chat) == 1  # none for the picture that the browser can draw
    chat.button("Enlarge picture 2").click()
    expect(chat.page.locator(".zoom img")).to_have_js_property("naturalWidth", 60)
    chat.page.keyboard.press("Escape")
    chat.ask("a scan")
    chat.expect_answers("2/1: a scan")
    expect(chat.page.locator(".pictures img").last).to_have_js_property("naturalWidth", 60)
    chat.reload()
    expect(chat.page.locator(".pictures img").last).to_have_js_property("naturalWidth", 60)

    # the system may not know the type
    chat.page.locator("#pick").set_input_files([file("scan.TIFF", tiff((20, 10)), "")])
    expect(chat.page.locator(".tray img")).to_have_js_property("naturalWidth", 20)


def test_while_a_preview_is_drawn_and_where_it_fails_there_is_a_word(chat: Visit) -> None:
    chat.page.route("**/pictures/preview", lambda _: None, times=1)
    chat.page.locator("#pick").set_input_files([file("scan.tif", tiff(), "image/tiff")])
    expect(chat.page.locator(".placeholder")).to_have_text("Preview…")
    chat.button("Remove picture 1").click()
    chat.page.locator("#pick").set_input_files([file("broken.heic", b"nothing", "image/heic")])
    expect(chat.page.locator(".placeholder")).to_have_text("No preview")
    expect(chat.button("Picture 1: No preview")).to_be_visible()
    expect(chat.page.locator(".composer .error")).to_contain_text(
        "“broken.heic” cannot be shown: the picture cannot be used"
    )


def test_what_is_transparent_is_white(chat: Visit) -> None:
    for _ in range(2):
        chat.page.locator("#theme").click()
    expect(chat.page.locator("html")).to_have_attribute("data-theme", "dark")
    clear = file("clear.png", encode(Image.new("RGBA", (40, 20), (0, 0, 0, 0))))
    chat.page.locator("#pick").set_input_files([clear])
    expect(chat.page.locator(".tray img")).to_have_css("background-color", WHITE)
    chat.button("Enlarge picture 1").click()
    zoomed = chat.page.locator(".zoom img")
    expect(zoomed).to_have_css("background-color", WHITE)
    box = zoomed.bounding_box()
    assert box is not None
    assert abs(box["width"] - 2 * box["height"]) < 2  # white is the picture alone
    chat.page.keyboard.press("Escape")
    chat.ask("clear")
    expect(chat.page.locator(".pictures img")).to_have_css("background-color", WHITE)
    chat.page.locator("#theme").click()  # back to the system's


def test_the_playground_shows_them_too_and_sends_the_file(shared_address: str, open_page: Open) -> None:
    bench = Bench(open_page(shared_address, path="/playground"))
    bench.give(file("scan.tiff", tiff(), "image/tiff"))
    picture = bench.page.locator(".part-picture img")
    expect(picture).to_have_js_property("naturalWidth", 60)
    expect(picture).to_have_css("background-color", WHITE)
    expect(bench.page.locator(".part-picture .hint")).to_contain_text("the server's preview")
    assert count_previews(bench.visit) == 1
    bench.visit.button("JSON").click()
    assert count_previews(bench.visit) == 1
