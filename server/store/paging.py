"""Pages of what is listed newest first, by a time in seconds and then by id."""

from typing import Any

from sqlalchemy import ColumnElement, Select

from server.store.errors import BadCursor


def page_of(
    statement: Select[Any], time_s: ColumnElement[float], row_id: ColumnElement[str], limit: int, cursor: str | None
) -> Select[Any]:
    """Of the rows of a statement, and one more where there are more. Raises `BadCursor`."""
    if cursor is not None:
        last_s, last_id = _parsed(cursor)
        statement = statement.where((time_s < last_s) | ((time_s == last_s) & (row_id < last_id)))
    return statement.order_by(time_s.desc(), row_id.desc()).limit(limit + 1)


def cursor_after(time_s: float, row_id: str) -> str:
    """For the page that begins after a row."""
    return f"{time_s!r}-{row_id}"


def _parsed(cursor: str) -> tuple[float, str]:
    time_s, _, row_id = cursor.rpartition("-")
    try:
        return float(time_s), row_id
    except ValueError as error:
        raise BadCursor from error
