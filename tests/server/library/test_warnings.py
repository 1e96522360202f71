"""Warnings are kept once each, and not without end."""

import json

from server.library.readers.records import Remark
from server.library.warnings import MAX_WARNINGS, add_remarks


def test_each_remark_is_kept_once() -> None:
    warnings = add_remarks([], [Remark("macros"), Remark("macros")])
    assert add_remarks(warnings, [Remark("macros"), Remark("encoding", {"encoding": "gb18030"})]) == [
        {"code": "macros", "values": {}},
        {"code": "encoding", "values": {"encoding": "gb18030"}},
    ]


def test_beyond_the_limit_they_are_counted() -> None:
    warnings = add_remarks([], [Remark("formulas", {"sheet": f"Sheet{number}"}) for number in range(1, 1001)])
    warnings = add_remarks(warnings, [Remark("macros")])
    assert len(warnings) == MAX_WARNINGS + 1
    assert warnings[-1] == {"code": "more", "values": {"count": 1001 - MAX_WARNINGS}}


def test_remarks_on_many_pages_are_one_warning() -> None:
    pages = [2, 3, 4, 7, 9, 10]
    warnings = add_remarks([], [Remark("scan_unread", {"page": page}) for page in pages[:2]])
    warnings = add_remarks(warnings, [Remark("macros"), *(Remark("scan_unread", {"page": page}) for page in pages[2:])])
    assert warnings == [
        {"code": "scan_unread", "values": {"pages": [[2, 4], [7, 7], [9, 10]]}},
        {"code": "macros", "values": {}},
    ]


def test_a_page_that_is_read_again_is_remarked_on_once() -> None:
    warnings = add_remarks([], [Remark("scan_unread", {"page": page}) for page in (2, 3, 2, 3)])
    assert warnings == [{"code": "scan_unread", "values": {"pages": [[2, 3]]}}]


def test_pages_with_different_causes_are_different_warnings() -> None:
    remarks = [
        Remark("page_unreadable", {"page": page, "cause": cause}) for page, cause in ((1, "page"), (2, "pixels"))
    ]
    assert [warning["values"]["cause"] for warning in add_remarks([], remarks)] == ["page", "pixels"]


def test_what_is_stored_is_joined_with_what_was_read_from_it() -> None:
    stored = json.loads(json.dumps(add_remarks([], [Remark("scan_cut", {"page": 1})])))
    assert add_remarks(stored, [Remark("scan_cut", {"page": 2})])[0]["values"] == {"pages": [[1, 2]]}
