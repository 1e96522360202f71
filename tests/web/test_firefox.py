"""Each page in Firefox: it opens, does its work, and breaks no policy. The other tests here are of Chromium."""

import base64
from collections.abc import Iterator

import pytest
from PIL import Image

from scripts.documents.pdf_writer import text_page, write_pdf
from tests.helpers.firefox import ENTER, Firefox, firefox, launch_firefox
from tests.helpers.pictures import encode
from tests.web.conftest import Serve

READY = "document.body?.dataset.ready === 'true'"
LAST = "#transcript li:last-child .answer[aria-busy=false] .markdown"
LAST_ANSWER = f"document.querySelector('{LAST}')?.textContent.trim()"

DROP_TEXT = """
const data = new DataTransfer();
data.setData("text/plain", arguments[0]);
const event = new DragEvent("drop", { bubbles: true, cancelable: true, dataTransfer: data });
return !document.querySelector("#question").dispatchEvent(event);
"""

DROP_FILE = """
const bytes = Uint8Array.from(atob(arguments[0]), (sign) => sign.charCodeAt(0));
const data = new DataTransfer();
data.items.add(new File([bytes], arguments[1], { type: arguments[2] }));
document.body.dispatchEvent(new DragEvent("drop", { bubbles: true, cancelable: true, dataTransfer: data }));
"""


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Firefox]:
    with launch_firefox(firefox(), tmp_path_factory.mktemp("firefox")) as browser:
        yield browser


def open_page(browser: Firefox, address: str, path: str, ready: str = READY) -> None:
    browser.go(address + path)
    browser.wait(ready)


def drop_picture(browser: Firefox, data: bytes, name: str, media_type: str, number: int = 1) -> list[int]:
    """Drop a picture, and return the size of what is shown in the tray, as the picture with that number."""
    browser.run(DROP_FILE, base64.b64encode(data).decode(), name, media_type)
    image = f"document.querySelector('.tray > :nth-child({number}) img')"
    browser.wait(f"{image}?.naturalWidth")
    size: list[int] = browser.run(f"return [{image}.naturalWidth, {image}.naturalHeight];")
    return size


@pytest.mark.slow
def test_the_pages_work_in_firefox(browser: Firefox, serve: Serve) -> None:
    address = serve(max_image_pixels=100_000)
    check_chat(browser, address)
    check_pictures(browser, address)
    check_documents(browser, address)
    open_page(browser, address, "/playground#run=%")
    assert "names no run" in browser.run("return document.querySelector('#toolbar .error').textContent;")
    browser.write("#messages textarea", "hello")
    browser.press("#sets .run")
    browser.wait("document.querySelector('#sets .outcome[aria-busy=false] .choice')?.textContent.includes('hello')")
    open_page(browser, address, "/knowledge")
    browser.wait("!document.querySelector('#shown').hidden")
    open_page(browser, address, "/ops")
    browser.wait("document.querySelectorAll('#shown svg').length > 0")
    open_page(browser, address, "/schema", "document.querySelectorAll('.opblock').length > 20")
    assert browser.read_errors(address) == []


def check_chat(browser: Firefox, address: str) -> None:
    open_page(browser, address, "/")
    assert browser.run(DROP_TEXT, "**价格：**299元，3*4*5") is True
    browser.reload()
    browser.wait(READY)
    assert browser.run("return document.querySelector('#question').value;") == "**价格：**299元，3*4*5"
    browser.write("#question", ENTER)
    assert browser.wait(LAST_ANSWER) == "0/1: 价格：299元，3*4*5"
    assert browser.run("return document.querySelector('.answer strong').textContent;") == "价格："
    browser.press(".answer .actions button")
    browser.wait("document.querySelector('.answer .actions button').title === 'Copied'")
    browser.press("#new")
    browser.wait("document.querySelector('.welcome') !== null")
    browser.run("history.back();")
    assert browser.wait(LAST_ANSWER) == "0/1: 价格：299元，3*4*5"
    browser.run("new BroadcastChannel('sessions').postMessage({ kind: 'removed', id: location.hash.slice(1) });")
    browser.wait("document.querySelector('.composer .error').textContent.includes('another tab')")


def check_pictures(browser: Firefox, address: str) -> None:
    open_page(browser, address, "/")
    turned = Image.Exif()
    turned[0x0112] = 6
    photo = encode(Image.new("RGB", (900, 300), "blue"), "JPEG", exif=turned)
    width, height = drop_picture(browser, photo, "photo.jpg", "image/jpeg")
    assert width * height <= 100_000
    assert abs(height - 3 * width) <= 3
    scan = encode(Image.new("RGB", (60, 30), "red"), "TIFF")
    assert drop_picture(browser, scan, "scan.tif", "image/tiff", number=2) == [60, 30]
    browser.write("#question", f"two{ENTER}")
    assert browser.wait(LAST_ANSWER) == "2/1: two"


def check_documents(browser: Firefox, address: str) -> None:
    open_page(browser, address, "/")
    claim = "The warranty of kettles is 24 months."
    data = base64.b64encode(write_pdf([text_page(["Kettles"]), text_page([claim])])).decode()
    browser.run(DROP_FILE, data, "manual.pdf", "application/pdf")
    browser.wait("document.querySelector('.chip-status')?.textContent === 'Pages: 2'")
    browser.write("#question", f"Is it so? {claim}{ENTER}")
    browser.wait("document.querySelector('.markdown .mark') !== null")
    browser.press(".markdown .mark")
    browser.wait("document.querySelector('.drawn-page img')?.naturalWidth > 600")
    browser.wait("document.querySelectorAll('.cited.box').length === 1")
    browser.press("dialog .panel-head button")
