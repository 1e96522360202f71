"""Sheets of products, tidy and not."""

from server.store.knowledge_records import Attribute
from tests.helpers.sheets import read_sheet

MESSY = """\ufeff2025 夏季商品目录,,,,
制表人：小王,,,,
商品编号,商品名称,别名,材质,价格（元）
007,白衬衫,"白衫、white shirt",棉,0099.00
,,,,
女装系列,,,,
ＡＢ－１２,连衣裙,,真丝,"1,299"
,,,丝绸,20
AB-13,,,麻,5%
合计,,,,100
007,白衬衫（长）,,棉,109
"""


def test_a_messy_sheet() -> None:
    sheet = read_sheet(MESSY)
    assert sheet.reading.role == "products"
    assert sheet.keys() == ["007", "ＡＢ－１２", "AB-13"]
    assert sheet.names("007") == [("白衬衫", "zh"), ("白衫", "zh"), ("white shirt", "en"), ("007", None)]
    assert sheet.attributes("007") == {"材质": "棉", "价格（元）": "0099.00"}
    assert sheet.attributes("ＡＢ－１２")["价格（元）"] == "1,299"
    assert sheet.attributes("AB-13")["价格（元）"] == "5%"
    assert sheet.remarks == {"row_unnamed": "8", "row_duplicate": "11"}


def test_each_row_is_a_passage_under_the_names_of_its_columns() -> None:
    sheet = read_sheet(MESSY)
    assert sheet.text_of(sheet.entity("007")) == '007,白衬衫,"白衫、white shirt",棉,0099.00'
    passage = next(passage for passage, entry in sheet.passages if entry == sheet.entity("AB-13").passage)
    assert passage.heading == "商品编号 | 商品名称 | 别名 | 材质 | 价格（元）"
    assert (passage.first_row, passage.last_row, passage.kind) == (9, 9, "table")
    assert not any("商品编号,商品名称" in passage.text for passage, _ in sheet.passages)


def test_relations_of_columns() -> None:
    sheet = read_sheet(
        "sku;name;category;fits;replaces;replaced by;goes well with\n"
        'FT-20;Filter;Parts;X1, X2;FT-10;;-\nBR-1;Brush;;无;;BR-2;"FT-20;BR-2"\n'
    )
    assert sheet.relations("fits") == [("FT-20", "X1"), ("FT-20", "X2")]
    assert sheet.relations("replaces") == [("FT-20", "FT-10"), ("BR-2", "BR-1")]
    assert sheet.relations("belongs_with") == [("BR-1", "FT-20"), ("BR-1", "BR-2")]
    assert sheet.relations("in_category") == [("FT-20", "Parts")]


def test_a_category_that_is_called_as_a_product_is_another_thing() -> None:
    sheet = read_sheet("名称,类别,价格\n挂烫机,挂烫机,329 元\n手持挂烫机,挂烫机,199 元\n毛衣,衣服,99 元\n")
    assert sheet.keys("product") == ["挂烫机", "手持挂烫机", "毛衣"]
    assert sorted(sheet.keys("category")) == ["category:挂烫机", "衣服"]
    assert sheet.names("category:挂烫机") == [("挂烫机", "zh")]
    assert sheet.relations("in_category") == [
        ("挂烫机", "category:挂烫机"),
        ("手持挂烫机", "category:挂烫机"),
        ("毛衣", "衣服"),
    ]


def test_case_and_width_of_a_category_make_no_difference() -> None:
    sheet = read_sheet("name,category,price\nLamp,ＬＡＭＰ,9\nChair,lamp,9\n")
    assert sheet.keys("product") == ["Lamp", "Chair"]
    assert all(key.startswith("category:") for key in sheet.keys("category"))


def test_variants_are_of_the_product_in_their_row() -> None:
    sheet = read_sheet("SPU,SKU,颜色\nT100,T100-W,白\nT100,T100-B,黑\n")
    assert sheet.keys("variant") == ["T100-W", "T100-B"]
    assert sheet.relations("variant_of") == [("T100-W", "T100"), ("T100-B", "T100")]


def test_a_style_is_a_product_or_an_attribute() -> None:
    sheet = read_sheet("编号,名称,款式\nA1,衬衫,\nA1-W,白衬衫,衬衫\nA2,毛衣,修身\n")
    assert sheet.relations("variant_of") == [("A1-W", "A1")]
    assert sheet.attributes("A2") == {"款式": "修身"}
    assert sheet.keys("variant") == ["A1-W"]


def test_names_and_categories_in_two_languages() -> None:
    sheet = read_sheet("编号,名称,name_en,类别,category_en\nA1,壶,Kettle,厨具;电器,kitchen;appliances\n")
    assert sheet.names("A1") == [("壶", "zh"), ("Kettle", "en"), ("A1", None)]
    assert sheet.names("厨具") == [("厨具", "zh"), ("kitchen", "en")]
    assert sheet.relations("in_category") == [("A1", "厨具"), ("A1", "电器")]


def test_a_header_without_quantities_below_it() -> None:
    sheet = read_sheet("目录,,\n型号,品名,俗称\nA1,水壶,烧水壶\nB2,电饭煲,饭煲;电饭锅\n")
    assert sheet.keys() == ["A1", "B2"]
    assert [name for name, _ in sheet.names("B2")] == ["电饭煲", "饭煲", "电饭锅", "B2"]


def test_a_table_in_markdown() -> None:
    sheet = read_sheet(
        "# 店\n\n## 衬衫\n\n| 编号 | 名称 | 材质 |\n|---|---|---|\n| S1 | 白衬衫 | 棉\\|麻 |\n\n说明。\n", "a.md"
    )
    assert sheet.entity("S1").attributes == (Attribute("材质", "棉|麻"),)
    passage = next(passage for passage, entry in sheet.passages if entry is not None)
    assert (passage.text, passage.heading) == ("| S1 | 白衬衫 | 棉\\|麻 |", "店 > 衬衫 > 编号 | 名称 | 材质")
    assert [passage.text.strip() for passage, entry in sheet.passages if entry is None] == ["说明。"]


def test_a_table_in_html_with_joined_cells() -> None:
    sheet = read_sheet(
        "<table><tr><th>货号</th><th>品名</th><th>颜色</th></tr>"
        "<tr><td rowspan=2>K1</td><td rowspan=2>毛巾</td><td>红</td></tr><tr><td>蓝</td></tr>"
        "<tr><td>K2</td><td>浴巾</td><td>白</td></tr></table>",
        "a.html",
    )
    assert sheet.keys() == ["K1", "K2"]
    assert sheet.entity("K1").attributes == (Attribute("颜色", "红"), Attribute("颜色", "蓝"))
    assert sheet.remarks == {}


def test_other_tables_are_documents() -> None:
    assert read_sheet("姓名,电话\n张三,123\n").reading.role == "document"
    sizes = read_sheet("品类,尺码,身高\n" + "衬衫,S,158\n" * 100)
    assert sizes.reading.role == "document"
    assert all(passage.heading == "品类 | 尺码 | 身高" for passage, _ in sizes.passages[1:])


def test_a_long_sheet_goes_on_over_pages() -> None:
    rows = "".join(f"P{n},商品{n},{n}.00\n" for n in range(1000))
    sheet = read_sheet(f"编号,名称,价格\n{rows}")
    assert len(sheet.pages) > 3
    assert len(sheet.keys()) == 1000
    assert sheet.text_of(sheet.entity("P999")) == "P999,商品999,999.00"


def test_a_name_alone_is_enough_where_the_operator_says_so() -> None:
    assert read_sheet("名称,电话\n铺子,1\n").reading.role == "document"
    assert read_sheet("名称,电话\n铺子,1\n", role="products").keys() == ["铺子"]
