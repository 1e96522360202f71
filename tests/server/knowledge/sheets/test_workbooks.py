"""Workbooks with several sheets, joined cells and titles."""

import io

import xlsxwriter  # type: ignore[import-untyped]

from server.store.knowledge_records import Attribute
from tests.helpers.sheets import Sheet, read_sheet


def read_workbook() -> Sheet:
    data = io.BytesIO()
    with xlsxwriter.Workbook(data) as book:
        products = book.add_worksheet("商品")
        products.merge_range("A1:D1", "2025 价目表（单位：元）")
        products.write_row("A3", ["货号", "品名", "颜色", "售价\n（元）"])
        products.merge_range("A4:A5", "K1")
        products.merge_range("B4:B5", "毛巾")
        products.write("C4", "红")
        products.write("D4", 12.5)
        products.write("C5", "蓝")
        products.write("D5", 12.5)
        products.write_row("A7", ["007", "浴巾", "白", 1000])
        notes = book.add_worksheet("说明")
        notes.write("A1", "所有价格含税。")
        faults = book.add_worksheet("故障")
        faults.write_row("A1", ["适用型号", "故障代码", "原因", "解决办法"])
        faults.write_row("A2", ["K1", "E1", "掉色", "冷水洗"])
        faq = book.add_worksheet("问答")
        faq.write_row("B2", ["问题", "答案"])
        faq.write_row("B3", ["能机洗吗？", "可以"])
    return read_sheet(data.getvalue(), "shop.xlsx")


def test_every_sheet_is_what_it_is() -> None:
    sheet = read_workbook()
    assert sheet.keys() == ["K1", "007"]
    assert sheet.relations("has_fault") == [("K1", "K1 E1")]
    assert [(faq.question, faq.answer) for faq in sheet.faqs] == [("能机洗吗？", "可以")]
    assert sheet.reading.role == "products"
    assert sheet.remarks == {}


def test_joined_cells_are_one_product() -> None:
    sheet = read_workbook()
    assert sheet.entity("K1").attributes == (
        Attribute("颜色", "红"),
        Attribute("售价 （元）", "12.5"),
        Attribute("颜色", "蓝"),
    )
    assert sheet.attributes("007") == {"颜色": "白", "售价 （元）": "1000"}


def test_passages_know_their_sheet_and_their_row() -> None:
    sheet = read_workbook()
    passage = next(passage for passage, entry in sheet.passages if entry == sheet.entity("007").passage)
    assert (passage.sheet, passage.first_row, passage.last_row, passage.text) == ("商品", 7, 7, "007\t浴巾\t白\t1000")
    assert passage.heading == "货号 | 品名 | 颜色 | 售价 （元）"
    assert "所有价格含税。" in [passage.text.strip() for passage, _ in sheet.passages]
