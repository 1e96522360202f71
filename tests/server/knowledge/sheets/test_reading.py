"""What documents are, and how much of them is taken."""

import pytest

from server.knowledge.sheets import reading
from server.library.errors import ReadingError
from server.library.remarks import write_refusal, write_remark
from tests.helpers.sheets import read_sheet

PRODUCTS = "编号,名称,价格\nA1,甲,1\nA2,乙,2\n"


def test_the_role_is_found_by_the_content() -> None:
    assert read_sheet(PRODUCTS).reading.role == "products"
    assert read_sheet("问题,答案\n甲？,乙\n").reading.role == "faq"
    assert read_sheet("Nothing but text.\n", "a.txt").reading.role == "document"


def test_of_both_it_is_what_there_is_more_of() -> None:
    faq = "\n\n| 问题 | 答案 |\n|---|---|\n"
    products = "| 编号 | 名称 | 价格 |\n|---|---|---|\n| A | 甲 | 1 |\n"
    assert read_sheet(products + faq + "| a? | b |\n| c? | d |\n", "a.md").reading.role == "faq"
    both = read_sheet(products + "| B | 乙 | 2 |\n" + faq + "| a? | b |\n", "a.md")
    assert (both.reading.role, len(both.faqs), len(both.keys())) == ("products", 1, 2)


def test_a_role_that_is_given_is_kept() -> None:
    assert read_sheet(PRODUCTS, role="document").reading.derived.entities == ()
    with pytest.raises(ReadingError) as raised:
        read_sheet(PRODUCTS, role="faq")
    texts = write_refusal(raised.value.refusal)
    assert "question" in texts["en"]
    assert "问题" in texts["zh"]


@pytest.mark.parametrize("limit", ["MAX_RECORDS", "MAX_VALUES"])
def test_too_many_rows_are_refused(limit: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, limit, 1)
    with pytest.raises(ReadingError, match="too_many_rows") as raised:
        read_sheet(PRODUCTS)
    assert write_refusal(raised.value.refusal)["en"] != write_refusal(raised.value.refusal)["zh"]


def test_remarks_are_written_in_both_languages() -> None:
    sheet = read_sheet("编号,名称,颜色,价格\nA1,甲,红,1\n,,红,2\nA1,丙,蓝,3\n,,白,4\n")
    texts = [write_remark(remark) for remark in sheet.reading.remarks]
    assert [each["en"].partition(" rows")[0] for each in texts] == ["2", "1"]
    assert all("3, 5" in text for text in texts[0].values())
    assert "编号" in texts[0]["zh"]
