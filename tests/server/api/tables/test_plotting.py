"""`POST /tables/{id}/plot` draws charts."""

from typing import Any
from xml.etree import ElementTree

import pytest
from litestar.testing import TestClient

from tests.server.api.tables.conftest import Send
from tests.server.api.tables.test_extracting import extract


@pytest.fixture
def table(reader: TestClient[Any], send: Send) -> str:
    data = "商品,类别,单价,涨跌\n笔,文具,3,-1\n本,文具,5,2\n灯,电器,100,3\n合计,,108,4\n".encode()
    table_id: str = extract(reader, document=send("plotted.csv", data))[0]["id"]
    return table_id


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"kind": "bar", "label": "商品", "values": ["单价", "涨跌"], "title": "价格"},
        {"kind": "line", "x": "商品", "y": "单价"},
        {"kind": "pie", "label": "类别", "values": "单价", "aggregate": "sum"},
    ],
)
def test_charts_are_drawn_as_svg_and_png(reader: TestClient[Any], table: str, body: dict[str, Any]) -> None:
    svg = reader.post(f"/tables/{table}/plot", json=body)
    assert (svg.status_code, svg.headers["content-type"]) == (200, "image/svg+xml"), svg.text
    assert ElementTree.fromstring(svg.content).tag.endswith("svg")
    assert "script" not in svg.headers["content-security-policy"]
    png = reader.post(f"/tables/{table}/plot", json={**body, "format": "png"})
    assert (png.headers["content-type"], png.content[:4]) == ("image/png", b"\x89PNG")


@pytest.mark.parametrize(
    ("body", "cause"),
    [
        ({"kind": "scatter"}, "kind"),
        ({"format": "gif"}, "format"),
        ({"label": "颜色"}, "no column"),
        ({"values": ["类别"]}, "no numbers"),
        ({"kind": "pie", "values": ["涨跌"]}, "negative"),
        ({"values": ["单价"], "aggregate": "median"}, "aggregate"),
        ({"title": "a" * 300}, "title"),
    ],
)
def test_what_cannot_be_drawn_is_refused(reader: TestClient[Any], table: str, body: dict[str, Any], cause: str) -> None:
    response = reader.post(f"/tables/{table}/plot", json=body)
    assert (response.status_code, cause in response.json()["error"]) == (400, True), response.text


def test_a_chart_of_no_table(reader: TestClient[Any]) -> None:
    assert reader.post("/tables/nothing/plot", json={}).status_code == 404
