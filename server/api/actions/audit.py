"""`/audit`: who asked for which call that changes data, what ran, and with which result."""

import csv
import io
import json
from typing import IO, Any, Literal

from litestar import Response, get
from litestar.datastructures import State

from server.api.account import find_account
from server.api.actions.response import EntryList, ShownEntry
from server.api.error_response import AnyRequest
from server.api.file_response import respond_with_file
from server.api.media_types import CSV, JSON
from server.api.openapi.operation import BINARY, describe
from server.api.sessions.routes import PageQuery
from server.api.transport import read_query
from server.errors import Forbidden
from server.keys.account import Account
from server.store.audit import AuditFilter
from server.store.store import Store

MAX_PAGE = 200
FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""What spreadsheets take for the beginning of a formula."""

COLUMNS = ShownEntry.__struct_fields__


class AuditQuery(PageQuery, forbid_unknown_fields=True):
    """The entries to list: those of a session, and of a tool. CSV has all of them, and no pages."""

    session: str | None = None
    tool: str | None = None
    format: Literal["json", "csv"] = "json"


@get(
    "/audit",
    opt=describe(
        "List who did what of calls that change data, the newest first",
        query=AuditQuery,
        answers={JSON: (EntryList,), CSV: BINARY},
        errors=(503,),
    ),
)
async def list_audit(request: AnyRequest, state: State) -> Response[Any]:
    """Operators see the entries of all shops, agents those of their own."""
    wanted_shop = _find_shop(find_account(request))
    query = read_query(request, AuditQuery)
    store: Store = state.store
    wanted = AuditFilter(wanted_shop, query.session, query.tool)
    if query.format == "csv":
        headers = {"Content-Disposition": 'attachment; filename="audit.csv"'}
        return await respond_with_file(lambda file: write_csv(file, store, wanted), CSV, headers)
    return Response(EntryList.of(await store.actions.list_audit(wanted, query.limit, query.cursor)))


def _find_shop(account: Account) -> str | None:
    """Return the shop whose entries an account sees, None for all. Raises `Forbidden`."""
    if account.customer is None and account.is_operator:
        return None
    if account.customer is not None or account.key is None or account.key.role != "agent":
        raise Forbidden
    return account.shop


async def write_csv(file: IO[bytes], store: Store, wanted: AuditFilter) -> None:
    """Write all entries, a page at a time, beginning with the names of the columns."""
    file.write(_write_rows([list(COLUMNS)]))
    cursor: str | None = None
    while True:
        page = await store.actions.list_audit(wanted, MAX_PAGE, cursor)
        shown = [ShownEntry.of(entry) for entry in page.entries]
        file.write(_write_rows([[_write_cell(getattr(each, name)) for name in COLUMNS] for each in shown]))
        if (cursor := page.next_cursor) is None:
            return


def _write_rows(rows: list[list[str]]) -> bytes:
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue().encode()


def _write_cell(value: Any) -> str:
    """Return a value as a cell: JSON where it is no text, with nothing that a spreadsheet would run."""
    if value is None:
        return ""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return f"'{text}" if text.startswith(FORMULA) else text
