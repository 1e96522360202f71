"""The pages' links lead somewhere, each page is found from the index, and both languages have the same parts."""

import re
from pathlib import Path

import pytest

from tests.helpers.documents import (
    PAGES,
    README,
    README_ZH,
    anchors_of,
    blocks_of,
    headings_of,
    links_of,
    name_of,
    prose_of,
    read,
)
from tests.helpers.paths import DOCS, ROOT

CHINESE = sorted((DOCS / "zh").rglob("*.md"))
TRANSLATED = ("settings", "metrics", "errors", "sessions", "keys", "operate", "deploy")
PAIRS = [(README, README_ZH), *((DOCS / page.relative_to(DOCS / "zh"), page) for page in CHINESE)]
MAX_README_LINES = 180


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_links_lead_to_files_and_headings(page: Path) -> None:
    for target in links_of(page):
        path, _, anchor = target.partition("#")
        file = (page.parent / path).resolve() if path else page
        assert file.exists(), target
        if anchor:
            assert anchor in anchors_of(file), target


def test_the_index_links_every_page() -> None:
    english = {page for page in PAGES if page.is_relative_to(DOCS) and page not in CHINESE}
    assert english - {DOCS / "README.md"} <= linked_from(DOCS / "README.md")


def test_the_chinese_index_links_every_page_in_chinese_where_there_is_one() -> None:
    translated = {DOCS / page.relative_to(DOCS / "zh") for page in CHINESE}
    english = {page for page in PAGES if page.is_relative_to(DOCS) and page not in CHINESE}
    expected = (english - translated) | set(CHINESE)
    assert expected - {DOCS / "zh" / "README.md"} <= linked_from(DOCS / "zh" / "README.md")


def linked_from(page: Path) -> set[Path]:
    return {(page.parent / target.partition("#")[0]).resolve() for target in links_of(page)}


@pytest.mark.parametrize("page", [README, README_ZH], ids=name_of)
def test_the_readmes_stay_short(page: Path) -> None:
    assert len(read(page).splitlines()) <= MAX_README_LINES


def test_what_an_operator_needs_is_in_chinese() -> None:
    assert set(TRANSLATED) <= {page.stem for page in CHINESE}


@pytest.mark.parametrize(("english", "chinese"), PAIRS, ids=name_of)
def test_both_languages_have_the_same_parts_and_link_each_other(english: Path, chinese: Path) -> None:
    assert chinese in linked_from(english)
    assert english in linked_from(chinese)
    assert len(headings_of(english)) == len(headings_of(chinese))
    languages = [[block.language for block in blocks_of(page)] for page in (english, chinese)]
    assert languages[0] == languages[1]


@pytest.mark.parametrize(("english", "chinese"), PAIRS, ids=name_of)
def test_tables_have_the_same_numbers_in_both_languages(english: Path, chinese: Path) -> None:
    for row, translated in zip(table_rows(english), table_rows(chinese), strict=True):
        assert numbers_in(row) == numbers_in(translated), translated


def table_rows(page: Path) -> list[str]:
    return re.findall(r"^\|.*", prose_of(page), re.MULTILINE)


def numbers_in(row: str) -> list[float]:
    """The numbers of a row in rising order. In Chinese large ones are written with 万, which is 10,000."""
    found = re.findall(r"(\d[\d,]*(?:\.\d+)?)( 万)?", re.sub(r"\]\([^)]*\)", "", row))
    return sorted(float(number.replace(",", "")) * (10_000 if unit else 1) for number, unit in found)


@pytest.mark.parametrize("addition", ["a stage", "a dialect", "an attention kernel", "a sampling parameter"])
def test_a_newcomer_finds_where_an_addition_goes_in_two_steps(addition: str) -> None:
    contributing = ROOT / "CONTRIBUTING.md"
    assert contributing in linked_from(README)
    assert contributing in linked_from(README_ZH)
    (row,) = re.findall(rf"^\| {addition} \|.*", read(contributing), re.MULTILINE)
    assert re.search(r"\]\((?:server|model)/[\w/]+\.py\)", row)


def test_files_named_for_contributors_exist() -> None:
    """Those with NAME in them are to be written, so only their folder exists."""
    named = re.findall(r"`((?:server|model|tests|scripts|docs|\.ci)/[\w./-]*)`", prose_of(ROOT / "CONTRIBUTING.md"))
    assert len(named) >= 20
    for path in named:
        assert (ROOT / path).parent.is_dir() if "NAME" in path else (ROOT / path).exists(), path


def test_the_folders_on_a_requests_way_exist() -> None:
    way = next(block.source for block in blocks_of(ROOT / "CONTRIBUTING.md") if "server/app.py" in block.source)
    named = re.findall(r"^ ((?:server|model)/\S*)", way, re.MULTILINE)
    assert len(named) == 8
    assert all((ROOT / path).exists() for path in named)
