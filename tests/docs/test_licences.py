"""The page of licences names what is installed, as the locks have it."""

import re
import tomllib
from pathlib import Path

import pytest

from tests.helpers.documents import name_of, read
from tests.helpers.paths import ROOT

PAGES = [ROOT / "docs" / "licences.md", ROOT / "docs" / "zh" / "licences.md"]
ROW = re.compile(r"^\| `([^`]+)` \| (.+) \|$", re.MULTILINE)


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_package_is_named_under_its_licence(page: Path) -> None:
    known: dict[str, str] = tomllib.loads(read(ROOT / "locks" / "licences.toml"))
    shown = {name: licence for licence, names in ROW.findall(read(page)) for name in names.split(", ")}
    assert shown == known


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_file_of_others_is_named(page: Path) -> None:
    text = read(page)
    vendored = [folder for top in ("server", "tests") for folder in (ROOT / top / "web" / "vendor").iterdir()]
    for folder in vendored:
        if folder.is_dir():
            assert f"`{folder.relative_to(ROOT)}`" in text


def test_pyav_is_in_no_base_installation() -> None:
    assert not re.search(r"^av==", read(ROOT / "locks" / "base.txt"), re.MULTILINE)
    project = tomllib.loads(read(ROOT / "pyproject.toml"))["project"]
    assert not any(re.match(r"av\b", package) for package in project["dependencies"])
    assert any(package.startswith("av") for package in project["optional-dependencies"]["video"])
