"""Chromium is found by any of its names, and is closed at the end."""

from pathlib import Path

import pytest
from playwright.sync_api import Error

from scripts import browser
from tests.helpers.chromium import chromium


@pytest.mark.parametrize("name", ["chromium", "google-chrome-stable"])
def test_chromium_is_found_on_the_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert browser.find_chromium() is None
    (tmp_path / name).write_text("#!/bin/sh\n")
    (tmp_path / name).chmod(0o755)
    assert browser.find_chromium() == tmp_path / name


def test_the_browser_draws_and_is_closed() -> None:
    with browser.launch_browser(chromium()) as opened:
        page = opened.new_page()
        page.set_content("<p>你好</p>")
        assert page.inner_text("p") == "你好"
    assert not opened.is_connected()


def test_a_missing_browser_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(Error, match="nothing"), browser.launch_browser(tmp_path / "nothing"):
        pass
