"""`POST /tables/{id}/plot`: a chart of a table."""

from typing import Annotated

from litestar import Response, post
from litestar.datastructures import State
from litestar.params import FromPath
from msgspec import Meta

from server.api.accept_language import choose_language
from server.api.account import find_owner
from server.api.error_response import AnyRequest
from server.api.openapi.operation import BINARY, STORE_ERRORS, describe
from server.api.tables.asking import open_all_rows
from server.api.tables.extracting import load_table
from server.api.transport import read_body, run_while_connected
from server.api.unknown_fields import Fields
from server.errors import FieldRefused
from server.errors.base import Language
from server.library.tables.chart import BadChart, ChartKind, ChartRequest, build_chart
from server.library.tables.compute import TooManyGroups
from server.library.tables.drawing import ChartDrawer, ChartFormat
from server.library.tables.listing import StoredTable
from server.library.tables.plan import Function
from server.library.tables.rows import describe_columns

MEDIA_TYPES: dict[ChartFormat, str] = {"svg": "image/svg+xml", "png": "image/png"}
HEADERS = {"Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; sandbox"}

Column = Annotated[str, Meta(max_length=1000)]


class PlotBody(Fields):
    """A chart of columns by their names, which are those in `header`; `label` and `values` suggest themselves.

    `x` and `y` are other names of `label` and `values`. With `aggregate` there is one value for each label.
    """

    kind: ChartKind | None = None
    label: Column | None = None
    values: Column | Annotated[list[Column], Meta(max_length=20)] | None = None
    x: Column | None = None
    y: Column | Annotated[list[Column], Meta(max_length=20)] | None = None
    aggregate: Function | None = None
    title: Annotated[str, Meta(max_length=200)] | None = None
    format: ChartFormat | None = None

    @property
    def picture_format(self) -> ChartFormat:
        return self.format or "svg"

    def to_request(self) -> ChartRequest:
        values = self.values if self.values is not None else self.y
        listed = [values] if isinstance(values, str) else values or []
        return ChartRequest(self.kind or "bar", self.label or self.x, listed, self.title or "", self.aggregate)


@post(
    "/tables/{table_id:str}/plot",
    status_code=200,
    opt=describe(
        "Draw a bar, line or pie chart of a table",
        body=PlotBody,
        answers={"image/*": BINARY},
        errors=(*STORE_ERRORS, 413, 429, 501),
        example={"kind": "bar", "label": "Product", "values": ["Price"], "format": "png"},
    ),
)
async def plot_table(request: AnyRequest, state: State, table_id: FromPath[str]) -> Response[bytes]:
    body = await read_body(request, PlotBody)
    stored = await load_table(state, find_owner(request), table_id)
    language = choose_language(request.headers.get("accept-language", ""), "zh")
    picture = await run_while_connected(request, _draw(state, find_owner(request), stored, body, language))
    return Response(picture, media_type=MEDIA_TYPES[body.picture_format], headers=HEADERS)


async def _draw(state: State, owner: str, stored: StoredTable, body: PlotBody, language: Language) -> bytes:
    rows = await open_all_rows(state, owner, stored)
    drawer: ChartDrawer = state.charts
    try:
        chart = await build_chart(body.to_request(), rows, await describe_columns(rows))
        return await drawer.draw(chart, body.picture_format, language)
    except BadChart as error:
        raise FieldRefused(error.field_name, error.cause, error.cause_zh) from error
    except TooManyGroups as error:
        raise FieldRefused("label", "the column has too many different values", "该列不同的值过多") from error
