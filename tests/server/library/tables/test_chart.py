"""Charts: what is drawn, and that it can be read."""

import io
from decimal import Decimal
from xml.etree import ElementTree

import pytest
from PIL import Image

from server.errors import FontMissing
from server.library.tables import chart_fonts
from server.library.tables.chart import BadChart, Chart, ChartRequest, Series, build_chart
from server.library.tables.drawing import ChartDrawer, draw_chart
from server.library.tables.rows import ExtractedRows, describe_columns
from tests.helpers.tables import make_table

pytestmark = pytest.mark.anyio

TABLE = make_table(
    "商品 | 类别 | 单价（元） | 涨跌",
    "笔 | 文具 | 3 | -1",
    "本 $x^2$ | 文具 | 5 | 2",
    "灯 | 电器 | 100 |",
    "合计 | | 108 | 1",
)


async def build(request: ChartRequest, *rows: str) -> Chart:
    source = ExtractedRows(make_table(*rows) if rows else TABLE)
    return await build_chart(request, source, await describe_columns(source))


async def test_columns_suggest_themselves_and_totals_are_not_drawn() -> None:
    chart = await build(ChartRequest("bar"))
    assert (chart.label_name, chart.labels) == ("商品", ("笔", "本 $x^2$", "灯"))
    assert [(series.name, series.unit) for series in chart.series] == [("单价（元）", "元"), ("涨跌", "")]
    assert chart.series[1].values == (Decimal(-1), Decimal(2), None)


async def test_rows_are_brought_together_by_their_label() -> None:
    chart = await build(ChartRequest("pie", "类别", ["单价（元）"], function="sum"))
    assert (chart.labels, chart.series[0].values) == (("文具", "电器"), (Decimal(8), Decimal(100)))


@pytest.mark.parametrize(
    ("request_", "rows", "field_name"),
    [
        (ChartRequest("bar", "颜色"), (), "label"),
        (ChartRequest("bar", None, ["颜色"]), (), "values"),
        (ChartRequest("pie", None, ["涨跌"]), (), "kind"),
        (ChartRequest("pie", None, ["单价（元）", "涨跌"]), (), "values"),
        (ChartRequest("bar", None, ["类别"]), (), "values"),
        (ChartRequest("bar"), ("a | b", "c | d"), "values"),
        (ChartRequest("pie"), ("a | b", "c | 0", "d | 0"), "kind"),
        (ChartRequest("line"), ("a | b", "c | 5 kg", "d | $3"), "values"),
        (ChartRequest("bar", "a", ["b"], function="sum"), ("a | b", "c | 5 kg", "c | $3"), "values"),
    ],
)
async def test_what_cannot_be_drawn_is_refused(request_: ChartRequest, rows: tuple[str, ...], field_name: str) -> None:
    with pytest.raises(BadChart) as refused:
        await build(request_, *rows)
    assert refused.value.field_name == field_name


async def test_many_bars_are_bounded_and_said() -> None:
    chart = await build(ChartRequest("bar"), "name | v", *[f"n{i} | {i}" for i in range(100)])
    assert (len(chart.labels), chart.num_left_out) == (60, 40)
    drawn = draw_chart(chart, "svg", "en").decode()
    assert "40 more are not shown" in drawn


async def test_the_small_slices_of_a_pie_are_one() -> None:
    chart = await build(ChartRequest("pie"), "name | v", *[f"n{i} | {i + 1}" for i in range(30)])
    drawn = draw_chart(chart, "svg", "zh").decode()
    assert "<!-- 其他 -->" in drawn
    assert drawn.count("<!-- n") == 11


async def test_chinese_labels_are_drawn_as_shapes() -> None:
    chart = await build(ChartRequest("bar", title="价格 $\\frac{1}{0}$"))
    drawn = await ChartDrawer().draw(chart, "svg", "zh")
    root = ElementTree.fromstring(drawn)
    assert root.tag.endswith("svg")
    assert not list(root.iter("{http://www.w3.org/2000/svg}text"))
    for text in ("笔", "灯", "价格", "类别"):
        assert (f"<!-- {text}" in drawn.decode()) == (text != "类别")


async def test_every_character_of_a_label_has_a_shape_of_its_own() -> None:
    """A character without a glyph is drawn as the same box as any other."""
    shapes = []
    for label in ("笔", "灯", "−"):
        chart = Chart("line", label, "", ("a",), (Series("b", "", (Decimal(1),)),))
        svg = ElementTree.fromstring(draw_chart(chart, "svg", "zh"))
        shapes.append({path.get("d") for path in svg.iter("{http://www.w3.org/2000/svg}path")})
    first, second, minus = shapes
    assert first - second
    assert second - first
    assert minus - first


async def test_a_png_has_the_size_of_a_picture() -> None:
    drawn = draw_chart(await build(ChartRequest("line", values=["涨跌"])), "png", "en")
    with Image.open(io.BytesIO(drawn)) as picture:
        assert (picture.format, picture.size) == ("PNG", (960, 600))


async def test_odd_texts_and_large_numbers_do_not_break_a_chart() -> None:
    rows = ("name\x01 | v", "a\x00--> | 9999999999999999999999999999", "\ud800 | -0.0000001", f"{'long ' * 40} | 5")
    for chart_format in ("svg", "png"):
        drawn = draw_chart(await build(ChartRequest("bar", title="\x02"), *rows), chart_format, "en")
        assert chart_format == "png" or ElementTree.fromstring(drawn) is not None


async def test_a_missing_font_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chart_fonts, "_list_installed", tuple)
    with pytest.raises(FontMissing, match="no font for"):
        draw_chart(await build(ChartRequest("bar")), "svg", "zh")
