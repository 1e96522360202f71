"""Whatever a reader says has a text in both languages."""

import re
from collections.abc import Iterator, Mapping

import pytest

from server.library.readers.records import Refusal, Remark
from server.library.remarks import CAUSES, MAX_STRETCHES, REFUSALS, REMARKS, Wording, write_refusal, write_remark
from tests.helpers.paths import ROOT

SOURCES = [path.read_text(encoding="utf-8") for path in (ROOT / "server" / "library").rglob("*.py")]
PLACES = re.compile(r"\{(\w+)\}")
CHINESE = re.compile(r"[\u4e00-\u9fff]")


def find(pattern: str) -> Iterator[str]:
    for source in SOURCES:
        yield from re.findall(pattern, source)


def test_every_code_has_a_text() -> None:
    assert set(find(r'\bRefusal\(\s*"(\w+)"')) <= set(REFUSALS)
    assert set(find(r'\bRemark\(\s*"(\w+)"')) <= set(REMARKS)
    assert set(find(r'"cause": "(\w+)"')) <= set(CAUSES)


@pytest.mark.parametrize("table", [REFUSALS, REMARKS, CAUSES], ids=["refusals", "remarks", "causes"])
def test_both_languages_say_the_same(table: Mapping[str, Wording]) -> None:
    for code, wording in table.items():
        assert sorted(PLACES.findall(wording.en)) == sorted(PLACES.findall(wording.zh)), code
        assert CHINESE.search(wording.zh), code
        assert not CHINESE.search(wording.en), code
        assert 400 <= wording.status < 504, code


def test_causes_are_worded_in_the_same_language() -> None:
    texts = write_refusal(Refusal("broken", {"cause": "cut_off"}))
    assert texts == {"en": "the file is damaged: it is cut off", "zh": "文件已损坏：内容不完整"}
    texts = write_remark(Remark("page_unreadable", {"pages": [[3, 3]], "cause": "page_missing"}))
    assert texts == {"en": "page 3 cannot be read: the file does not hold it", "zh": "第 3 页无法读取：文件中没有该页"}


def test_other_causes_are_said_as_they_are() -> None:
    assert write_refusal(Refusal("crash", {"cause": "signal 9"}))["en"].endswith("signal 9")


def test_pages_are_named_in_stretches() -> None:
    texts = write_remark(Remark("scan_unread", {"pages": [[2, 2], [5, 9]]}))
    assert texts["en"] == "the text of scans was not read: pages 2, 5-9"
    assert texts["zh"] == "扫描页未能读出文字：第 2、5-9 页"


def test_of_many_pages_only_some_are_named() -> None:
    texts = write_remark(Remark("scan_unread", {"pages": [[page, page] for page in range(1, 2000, 2)]}))
    assert texts["en"].startswith("the text of scans was not read: 1000 pages, among them 1, 3, 5")
    assert "共 1000 页，包括第 1、3、5" in texts["zh"]
    assert len(texts["en"].split(",")) == MAX_STRETCHES + 1
