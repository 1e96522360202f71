"""Chromium is found by any of its names, and ends with its user."""

from pathlib import Path

import pytest
from playwright.sync_api import Error

from scripts import browser
from tests.helpers.chromium import chromium


@pytest.mark.parametrize("name", ["chromium", "google-chrome-stable"])
def test_it_is_found_on_the_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert browser.find_chromium() is None
    (tmp_path / name).write_text("#!/bin/sh\n")
    (tmp_path / name).chmod(0o755)
    assert browser.find_chromium() == tmp_path / name


def test_it_draws_and_ends() -> None:
    with browser.launched(chromium()) as opened:
        page = opened.new_page()
        page.set_content("<p>你好</p>")
        assert page.inner_text("p") == "你好"
    assert not opened.is_connected()


def test_what_is_no_browser_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(Error, match="nothing"), browser.launched(tmp_path / "nothing"):
        pass
