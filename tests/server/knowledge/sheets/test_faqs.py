"""Sheets of questions with their answers."""

from io import BytesIO

import pytest
import xlsxwriter  # type: ignore[import-untyped]

from server.library.errors import ReadingError
from server.store.knowledge_records import Faq
from tests.helpers.sheets import read_sheet


def test_a_sheet_in_one_language() -> None:
    sheet = read_sheet(
        "问题,答案,相似问题,是否逐字\n怎么退货？,七天内,可以退吗？不想要了怎么办？,是\nDo you ship?,No,,\n"
    )
    assert sheet.reading.role == "faq"
    assert sheet.faqs == (
        Faq("怎么退货？", "七天内", ("可以退吗？", "不想要了怎么办？"), "zh", True, 0),
        Faq("Do you ship?", "No", (), "en", False, 1),
    )


@pytest.mark.parametrize(
    "header",
    [
        "question_zh,answer_zh,question_en,answer_en",
        "问题,答案,Question,Answer",
        "问题（中文）,答案（中文）,问题（英文）,答案（英文）",
    ],
)
def test_a_row_in_two_languages_is_two(header: str) -> None:
    sheet = read_sheet(f"{header}\n运费？,八元,Shipping?,8 yuan\n保修？,一年,,\n")
    assert sheet.faqs == (
        Faq("运费？", "八元", (), "zh", False, 0),
        Faq("Shipping?", "8 yuan", (), "en", False, 0),
        Faq("保修？", "一年", (), "zh", False, 1),
    )


def test_a_column_may_name_the_language() -> None:
    sheet = read_sheet("lang,q,a\nzh,VIP?,是\n英文,OK?,yes\n")
    assert [faq.language for faq in sheet.faqs] == ["zh", "en"]


def test_wordings_of_both_languages_in_one_column() -> None:
    sheet = read_sheet("问题,答案,question,answer,wordings\n运费？,八元,Shipping?,8 yuan,邮费|postage cost\n")
    assert [faq.wordings for faq in sheet.faqs] == [("邮费",), ("postage cost",)]


def test_an_answer_may_have_lines() -> None:
    sheet = read_sheet('Question,Answer\nHow?,"First, this.\nThen ""that""."\n')
    assert sheet.faqs[0].answer == 'First, this.\nThen "that".'
    assert sheet.text_of(sheet.faqs[0]) == 'How?,"First, this.\nThen ""that""."'


def test_an_answer_is_kept_word_for_word() -> None:
    answer = "Yes, **companies** can:\n\n1. Send the number\n   - two  spaces\n2. Pay 🧾"
    assert read_sheet(f'问题,答案,逐字\n发票？,"{answer}",是\n').faqs[0].answer == answer
    assert read_sheet(f'问题,答案,逐字\r\n发票？,"{answer}",是\r\n'.replace("\n", "\r\n")).faqs[0].answer == answer
    file = BytesIO()
    with xlsxwriter.Workbook(file) as book:
        rows = book.add_worksheet()
        for number, row in enumerate((("Question", "Answer"), ("Invoices?", f"{answer}\n"), ("Do you ship?", "No"))):
            rows.write_row(number, 0, row)
    assert [faq.answer for faq in read_sheet(file.getvalue(), "a.xlsx").faqs] == [answer, "No"]


def test_rows_of_no_use_are_told() -> None:
    sheet = read_sheet("问题,答案,备注\n甲？,子,\n乙？,,x\n,丑,y\n")
    assert [faq.question for faq in sheet.faqs] == ["甲？"]
    assert sheet.remarks == {"faq_without_answer": "3", "faq_without_question": "4"}


def test_many_rows_of_no_use_are_counted() -> None:
    sheet = read_sheet("问题,答案,备注\n甲？,子,\n" + "乙？,,x\n" * 100)
    (remark,) = sheet.reading.remarks
    assert remark.values["count"] == 100
    assert remark.values["rows"] == "3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, …"


def test_other_columns_are_refused() -> None:
    with pytest.raises(ReadingError, match="no_faq_columns"):
        read_sheet("编号,名称\nA1,甲\n", role="faq")
