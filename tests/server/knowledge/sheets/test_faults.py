"""Sheets of faults."""

import pytest

from tests.helpers.sheets import read_sheet


def test_a_code_counts_for_its_model() -> None:
    sheet = read_sheet(
        "型号,错误代码,含义,原因,处理方法\nX100,E01,缺水,水箱空,加水\nX100,E02,过热,滤网堵,清洗滤网\nX200,E01,门没关,门未扣好,关好门\n"
    )
    assert sheet.reading.role == "products"
    assert sheet.keys() == ["X100", "X200"]
    assert sheet.relations("has_fault") == [("X100", "X100 E01"), ("X100", "X100 E02"), ("X200", "X200 E01")]
    assert sheet.relations("causes")[2] == ("门未扣好", "X200 E01")
    assert sheet.relations("remedied_by")[2] == ("X200 E01", "关好门")
    assert sheet.names("X200 E01") == [("E01", None), ("门没关", "zh")]
    assert sheet.attributes("X200 E01") == {"含义": "门没关"}


def test_several_models_share_a_row() -> None:
    sheet = read_sheet("Model,Code,Symptom,Possible causes,Solution\nW-1/W-2,F3,Does not drain,Filter,Clean it\n")
    assert sheet.keys() == ["W-1", "W-2"]
    assert sheet.relations("has_fault") == [("W-1", "W-1 F3"), ("W-2", "W-1 F3")]


def test_two_languages_are_one_cause() -> None:
    sheet = read_sheet(
        "适用型号,故障现象,symptom,原因,cause,解决办法,remedy\nG1,漏水,leaks,垫圈松,loose gasket,拧紧,tighten\n"
    )
    assert sheet.names("垫圈松") == [("垫圈松", "zh"), ("loose gasket", "en")]
    assert sheet.names("拧紧") == [("拧紧", "zh"), ("tighten", "en")]
    assert sheet.names("G1 漏水") == [("漏水", "zh"), ("leaks", "en")]


def test_a_problem_with_a_remedy_is_a_fault() -> None:
    sheet = read_sheet("产品,问题,解决方法\n空调,不制冷,清洗滤网\n")
    assert sheet.relations("has_fault") == [("空调", "空调 不制冷")]
    assert sheet.keys("product") == [], "a name is no code: what it means is found when it is asked for"


def test_joined_cells_hold_for_the_rows_below() -> None:
    sheet = read_sheet(
        "<table><tr><th>型号</th><th>故障代码</th><th>原因</th><th>处理</th></tr>"
        "<tr><td rowspan=2>M1</td><td>E1</td><td>a</td><td>b</td></tr>"
        "<tr><td>E2</td><td>c</td><td>d</td></tr></table>",
        "a.html",
    )
    assert sheet.relations("has_fault") == [("M1", "M1 E1"), ("M1", "M1 E2")]


def test_several_rows_say_more_of_one_fault() -> None:
    sheet = read_sheet("型号,故障代码,原因,处理\nM1,E1,甲,乙\nM1,E1,丙,丁\n")
    assert sheet.keys("fault") == ["M1 E1"]
    assert sheet.relations("causes") == [("甲", "M1 E1"), ("丙", "M1 E1")]
    assert [each.passage for each in sheet.reading.derived.relations if each.kind == "causes"] == [0, 1]


@pytest.mark.parametrize("row", ["M1,,,缺水,加水"])
def test_a_row_without_a_fault_is_told(row: str) -> None:
    sheet = read_sheet(f"型号,故障代码,现象,原因,处理\nM1,E1,x,y,z\n{row}\n")
    assert sheet.remarks == {"fault_unnamed": "3"}
