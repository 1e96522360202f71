"""The pages about settings, metrics and errors say what the code says."""

import json
import re
import tomllib
import urllib.request
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path

import pytest

import server.errors
from scripts.write_settings_docs import tables, with_table
from server.errors import HTTPError, ServerError
from server.settings.settings import Settings
from tests.helpers.documents import name_of, read
from tests.helpers.paths import DOCS

LANGUAGES = (DOCS, DOCS / "zh")


@pytest.mark.parametrize("page", [folder / "settings.md" for folder in LANGUAGES], ids=name_of)
def test_the_settings_are_those_of_the_code(page: Path) -> None:
    """After a change run `python scripts/write_settings_docs.py`."""
    assert read(page) == with_table(read(page), tables()[page])


def test_every_setting_and_no_other_has_a_chinese_text() -> None:
    texts = tomllib.loads(read(DOCS / "zh" / "settings.toml"))
    assert list(texts) == [item.name for item in fields(Settings)]
    assert all(re.search(r"[\u4e00-\u9fff]", text) for text in texts.values())


def test_a_page_without_marks_is_refused() -> None:
    with pytest.raises(ValueError, match="no marks"):
        with_table("# Settings\n", "| option |\n")


@pytest.mark.parametrize("page", [folder / "metrics.md" for folder in LANGUAGES], ids=name_of)
def test_every_metric_is_documented_and_served(address: str, page: Path) -> None:
    with urllib.request.urlopen(f"{address}/metrics", timeout=60) as response:
        families = re.findall(r"^# TYPE (minicpmv_\w+)", response.read().decode(), re.MULTILINE)
    served = {family for family in families if not family.endswith("_created")}
    documented = set(re.findall(r"`(minicpmv_\w+)`", read(page)))
    assert {metric for metric in documented if "_gpu_" not in metric} == served


@pytest.mark.parametrize("folder", LANGUAGES, ids=name_of)
def test_every_route_is_documented(address: str, folder: Path) -> None:
    with urllib.request.urlopen(f"{address}/schema/openapi.json", timeout=60) as response:
        paths = json.load(response)["paths"]
    text = read(folder / "http.md") + read(folder / "playground.md")
    documented = {without_names(path) for path in re.findall(r"`(?:[A-Z]+ )?(/[^\s`?]*)", text)}
    assert len(paths) > 20
    assert {without_names(path) for path in paths} <= documented


def without_names(path: str) -> str:
    """The path with its parameters as `{}`."""
    return re.sub(r"\{\w+\}", "{}", path)


def error_classes() -> Iterator[type[ServerError]]:
    for name in server.errors.__all__:
        found = getattr(server.errors, name)
        if isinstance(found, type) and issubclass(found, ServerError) and found not in (ServerError, HTTPError):
            yield found


@pytest.mark.parametrize("page", [folder / "errors.md" for folder in LANGUAGES], ids=name_of)
def test_every_status_and_code_of_an_error_is_documented(page: Path) -> None:
    documented = {int(status) for status in re.findall(r"^\| (\d{3}) \|", read(page), re.MULTILINE)}
    assert documented == {error.status for error in error_classes()}
    (line,) = (line for line in read(page).splitlines() if "`invalid_api_key`" in line and "`code`" in line)
    codes = {error.code for error in error_classes() if error.code is not None}
    assert set(re.findall(r"`(\w+_\w+)`", line)) == codes
