"""Which tables of documents are computed with."""

from collections.abc import Sequence

import pytest
from msgspec import structs

from server.library.tables.document_answers import MAX_LOOKING_S, MAX_SHEET_S, find_limit_s, is_whole
from server.library.tables.listing import StoredTable
from tests.helpers.fake_library import make_document
from tests.helpers.tables import make_table


@pytest.mark.parametrize(
    ("first", "last", "looked", "expected"),
    [
        (1, 2, range(1, 4), True),
        (1, 3, range(1, 4), False),
        (2, 2, range(2, 4), False),
        (9, 10, range(8, 11), True),
        (5, 5, (4, 5, 6, 9), True),
        (5, 5, (5, 6), False),
    ],
)
def test_a_table_that_may_go_on_where_nobody_looked_is_not_computed_with(
    first: int, last: int, looked: Sequence[int], expected: bool
) -> None:
    table = structs.replace(make_table("a | b", "c | 1"), first_page=first, last_page=last)
    assert is_whole(StoredTable(table), looked, 10) == expected


def test_sheets_alone_are_given_more_time() -> None:
    sheet, pdf = make_document(kind="xlsx"), make_document(kind="pdf")
    assert find_limit_s([sheet]) == MAX_SHEET_S > find_limit_s([sheet, pdf]) == MAX_LOOKING_S
