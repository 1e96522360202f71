"""Open WebUI in a browser, over OpenAI's and over Ollama's dialect: a picture, its answer, and "Continue Response"."""

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from urllib.request import urlopen

from common import CARD, OPENAI_URL, PRICE, QUESTION, URL, check
from playwright.sync_api import Page, sync_playwright

SETTINGS = {
    "WEBUI_AUTH": "False",
    "OFFLINE_MODE": "true",
    "HF_HUB_OFFLINE": "1",
    "ENABLE_VERSION_UPDATE_CHECK": "false",
    "ANONYMIZED_TELEMETRY": "false",
    "RAG_EMBEDDING_ENGINE": "openai",  # its own would be fetched
    "AUDIO_STT_ENGINE": "openai",
    # its own tools take 19,000 tokens of each prompt
    "DEFAULT_MODEL_METADATA": '{"capabilities": {"builtin_tools": false, "vision": true}}',
    "ENABLE_TITLE_GENERATION": "False",
    "ENABLE_TAGS_GENERATION": "False",
    "ENABLE_FOLLOW_UP_GENERATION": "False",
}
DIALECTS = {
    "OpenAI": (
        {"OPENAI_API_BASE_URL": OPENAI_URL, "OPENAI_API_KEY": "none", "ENABLE_OLLAMA_API": "false"},
        "minicpm-v",
    ),
    "Ollama": ({"OLLAMA_BASE_URL": URL, "ENABLE_OPENAI_API": "false"}, "minicpm-v:latest"),
}
START_TIMEOUT_S = 240
BROWSERS = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


@contextmanager
def open_webui(settings: dict[str, str]):
    """Start Open WebUI with data of its own, give its address, and stop it."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with tempfile.TemporaryDirectory() as data, Path(data, "log").open("wb") as log:
        command = [
            str(Path(sys.executable).with_name("open-webui")),
            "serve",
            "--host",
            "127.0.0.1",
            "--port",
            str(port),
        ]
        environment = {**os.environ, **SETTINGS, **settings, "DATA_DIR": data}
        process = subprocess.Popen(command, env=environment, cwd=data, stdout=log, stderr=log)
        try:
            wait_for(f"http://127.0.0.1:{port}/health")
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()
            process.wait(60)


def wait_for(url: str) -> None:
    deadline_s = time.monotonic() + START_TIMEOUT_S
    while True:
        try:
            urlopen(url, timeout=5).close()
        except OSError:
            if time.monotonic() > deadline_s:
                raise
            time.sleep(1)
        else:
            return


def ask(page: Page, address: str, model: str, dialect: str) -> None:
    page.goto(f"{address}/?models={model}")
    page.get_by_role("button", name="Okay, Let's Go!").click(timeout=60_000)
    page.locator("input[type=file]").first.set_input_files(CARD)
    page.wait_for_timeout(2000)
    page.locator("#chat-input").click()
    page.keyboard.type(QUESTION)
    page.keyboard.press("Enter")
    page.get_by_label("Continue Response").wait_for(timeout=60_000)
    answer = page.locator(".chat-assistant").last
    first = answer.inner_text()
    check(f"{dialect}: picture", PRICE in first, first)
    page.get_by_label("Continue Response").last.click()
    page.wait_for_timeout(4000)
    page.get_by_label("Continue Response").wait_for(timeout=60_000)
    continued = answer.inner_text()
    check(f"{dialect}: Continue Response", PRICE in continued and "request" not in continued, continued)
    page.screenshot(path=os.environ.get("MINICPMV_SCREENSHOT", "/dev/null"), type="png")


def main() -> None:
    browser_path = next(found for name in BROWSERS if (found := shutil.which(name)))
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=browser_path)
        for dialect, (settings, model) in DIALECTS.items():
            with open_webui(settings) as address:
                ask(browser.new_page(viewport={"width": 1100, "height": 720}), address, model, dialect)
        browser.close()


main()
