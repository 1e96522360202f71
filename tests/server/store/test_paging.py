"""Cursors lead to the next page, and invalid ones are refused."""

import pytest
from sqlalchemy import select

from server.store.errors import BadCursor
from server.store.paging import make_cursor, select_page
from server.store.tables import runs


def compile_page(cursor: str | None) -> str:
    statement = select_page(select(runs.c.id), runs.c.created_s, runs.c.id, 5, cursor)
    return str(statement.compile(compile_kwargs={"literal_binds": True}))


def test_the_first_page_has_no_condition() -> None:
    assert "WHERE" not in compile_page(None)
    assert "ORDER BY runs.created_s DESC, runs.id DESC" in compile_page(None)
    assert "LIMIT 6" in compile_page(None)


@pytest.mark.parametrize("time_s", [0.0, 1764312000.123456, 1e9 / 3, -1.5])
def test_a_cursor_keeps_the_time_to_the_last_bit(time_s: float) -> None:
    statement = select_page(select(runs.c.id), runs.c.created_s, runs.c.id, 5, make_cursor(time_s, "ab"))
    values = set(statement.compile().params.values())
    assert {time_s, "ab"} <= values


@pytest.mark.parametrize("cursor", ["", "a", "a-b", "-", "1,5-b"])
def test_text_that_is_no_cursor_is_refused(cursor: str) -> None:
    with pytest.raises(BadCursor):
        compile_page(cursor)
