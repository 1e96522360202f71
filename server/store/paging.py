"""Pages of rows that are listed newest or oldest first, by a time in seconds and then by id."""

from typing import Any

from sqlalchemy import ColumnElement, Select

from server.store.errors import BadCursor


def select_page(
    statement: Select[Any], time_s: ColumnElement[float], row_id: ColumnElement[str], limit: int, cursor: str | None
) -> Select[Any]:
    """Limit a statement to the rows of the page at `cursor`, plus one if there are more. Raises `BadCursor`."""
    if cursor is not None:
        last_s, last_id = _parse_cursor(cursor)
        statement = statement.where((time_s < last_s) | ((time_s == last_s) & (row_id < last_id)))
    return statement.order_by(time_s.desc(), row_id.desc()).limit(limit + 1)


def select_oldest_page(
    statement: Select[Any], time_s: ColumnElement[float], row_id: ColumnElement[str], limit: int, cursor: str | None
) -> Select[Any]:
    """Do as `select_page`, for rows that are listed oldest first. Raises `BadCursor`."""
    if cursor is not None:
        last_s, last_id = _parse_cursor(cursor)
        statement = statement.where((time_s > last_s) | ((time_s == last_s) & (row_id > last_id)))
    return statement.order_by(time_s, row_id).limit(limit + 1)


def make_cursor(time_s: float, row_id: str) -> str:
    """Return the cursor of the page that begins after a row."""
    return f"{time_s!r}-{row_id}"


def _parse_cursor(cursor: str) -> tuple[float, str]:
    time_s, _, row_id = cursor.rpartition("-")
    try:
        return float(time_s), row_id
    except ValueError as error:
        raise BadCursor from error
