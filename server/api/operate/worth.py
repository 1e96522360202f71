"""`GET /ops/worth` and `GET /ops/worth.csv`: how sessions end, for operators, and for people at the desk of a shop."""

from datetime import UTC, date, datetime, timedelta

import msgspec
from litestar import Response, get
from litestar.datastructures import State

from server.api.account import find_account
from server.api.error_response import AnyRequest
from server.api.media_types import JSON
from server.api.openapi.operation import BINARY, describe
from server.api.transport import read_query
from server.errors import FieldRefused, Forbidden
from server.ops.worth import Worth, WorthReport
from server.ops.worth_csv import write_worth_csv
from server.store.outcome_records import OutcomeRange

CSV = "text/csv"
NUM_DAYS = 30
MAX_DAYS = 731
"""How long it is kept how sessions ended."""


class WorthQuery(msgspec.Struct, forbid_unknown_fields=True, rename={"since": "from", "until": "to"}):
    """Days in UTC, the first and the last one; without them the last 30. `shop` is the owner of a key.

    Operators see all shops, or one; others that of their own.
    """

    since: date | None = None
    until: date | None = None
    shop: str | None = None


@get(
    "/ops/worth",
    opt=describe(
        "Show how sessions ended, how soon, and what was asked most",
        query=WorthQuery,
        answers={JSON: (WorthReport,)},
        errors=(503,),
    ),
)
async def show_worth(request: AnyRequest, state: State) -> WorthReport:
    worth: Worth = state.worth
    return await worth.read(_read_range(request))


@get(
    "/ops/worth.csv",
    opt=describe("Download how sessions ended as CSV", query=WorthQuery, answers={CSV: BINARY}, errors=(503,)),
)
async def download_worth(request: AnyRequest, state: State) -> Response[bytes]:
    worth: Worth = state.worth
    within = _read_range(request)
    text = write_worth_csv(await worth.read(within))
    first, last = (datetime.fromtimestamp(at_s, UTC).date() for at_s in (within.since_s, within.until_s - 1))
    named = {"Content-Disposition": f'attachment; filename="worth-{first}-{last}.csv"'}
    return Response(text.encode(), media_type=CSV, headers=named)


def _read_range(request: AnyRequest) -> OutcomeRange:
    """Return which sessions are asked for. Raises `Forbidden`, `BadBody`, `FieldRefused`."""
    account = find_account(request)
    is_agent = account.key is not None and account.key.role == "agent"
    if account.customer is not None or not (account.is_operator or is_agent):
        raise Forbidden
    query = read_query(request, WorthQuery)
    if is_agent and query.shop not in (None, account.shop):
        raise Forbidden
    last = query.until or datetime.now(UTC).date()
    first = query.since or _go_back(last, NUM_DAYS - 1)
    if not 0 <= (last - first).days < MAX_DAYS or last == date.max:
        cause = f"it must be a day from `from` on, and less than {MAX_DAYS} days later"
        raise FieldRefused("to", cause, f"须不早于 from，且相隔少于 {MAX_DAYS} 天")
    return OutcomeRange(_begin(first), _begin(last + timedelta(days=1)), account.shop if is_agent else query.shop)


def _go_back(day: date, num_days: int) -> date:
    return date.fromordinal(max(day.toordinal() - num_days, 1))


def _begin(day: date) -> float:
    """Return when a day begins, in Unix seconds, before 1970 as well."""
    return (day - date(1970, 1, 1)).total_seconds()
