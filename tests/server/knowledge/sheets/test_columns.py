"""What columns hold, by their names."""

import pytest

from server.knowledge.sheets.columns import ATTRIBUTE, read_column


@pytest.mark.parametrize(
    ("name", "term"),
    [
        ("商品编号", "code"),
        ("ＳＫＵ", "code"),
        ("Item No.", "code"),
        ("货号", "code"),
        ("型号", "code"),
        ("编号", "bare_code"),
        ("*商品名称", "name"),
        ("Product Name *", "name"),
        ("品名", "name"),
        ("名称/Name", "name"),
        ("俗称", "alias"),
        ("also known as", "alias"),
        ("aliases", "alias"),
        ("类目", "category"),
        ("品类 garment", "category"),
        ("款式", "style"),
        ("所属商品", "parent"),
        ("Variant of", "parent"),
        ("适用机型", "fits"),
        ("compatible_with", "fits"),
        ("替代型号", "replaces"),
        ("replaced by", "replaced_by"),
        ("搭配", "goes_with"),
        ("goes-with", "goes_with"),
        ("故障代码 / Fault code", "fault_code"),
        ("错误码", "fault_code"),
        ("现象", "symptom"),
        ("可能原因", "cause"),
        ("解决方法", "remedy"),
        ("Corrective action", "remedy"),
        ("问题", "question"),
        ("标准答案", "answer"),
        ("相似问法", "wordings"),
        ("是否逐字", "verbatim"),
        ("is_verbatim", "verbatim"),
        ("语言", "language"),
        ("价格（元）", ATTRIBUTE),
        ("重量 (kg)", ATTRIBUTE),
        ("防水等级", ATTRIBUTE),
        ("基本信息 / 商品编号", "code"),
        ("", ATTRIBUTE),
    ],
)
def test_names_are_known_however_they_are_written(name: str, term: str) -> None:
    assert read_column(name).term == term


@pytest.mark.parametrize(
    ("name", "term", "language"),
    [
        ("name_en", "name", "en"),
        ("name.zh", "name", "zh"),
        ("名称（英文）", "name", "en"),
        ("英文名", "name", "en"),
        ("中文名称", "name", "zh"),
        ("English name", "name", "en"),
        ("英文别名", "alias", "en"),
        ("Question (EN)", "question", "en"),
        ("answer-zh", "answer", "zh"),
        ("问题_中文", "question", "zh"),
        ("category_en", "category", "en"),
        ("名称", "name", None),
    ],
)
def test_names_say_a_language(name: str, term: str, language: str | None) -> None:
    column = read_column(name)
    assert (column.term, column.language) == (term, language)


def test_a_name_stays_as_it_is_written() -> None:
    column = read_column("价格\n（含税）")
    assert (column.name, column.is_known, column.script) == ("价格 （含税）", True, "zh")
    assert not read_column("防水等级").is_known
