"""Where the titles of bookmarks are in the text of their pages."""

import pytest

from server.library.readers.pdf_outline import Bookmark, Outline, add_below, find_title
from server.library.readers.records import Heading

TEXT = "Contents of this page: Safety\n1.2 Safety\nRead about safety first.\nUse of the\nmachine\nEnd"


@pytest.mark.parametrize(
    ("title", "start", "found"),
    [
        ("Safety", 0, "1.2 Safety"),
        ("safety first", 0, "Read about"),
        ("Use of the machine", 0, "Use of"),
        ("Useofthemachine", 0, "Use of"),
        ("End", 0, "End"),
        ("Contents", 30, None),
        ("Elsewhere", 0, None),
        ("", 0, None),
        ("   ", 0, None),
    ],
)
def test_a_title_is_found_where_it_is_a_line(title: str, start: int, found: str | None) -> None:
    place = find_title(TEXT, title, start)
    assert (None if place is None else TEXT[place:].startswith(found or "-")) is (None if found is None else True)


def test_titles_are_found_one_after_the_other() -> None:
    outline = Outline([Bookmark("Note", 1, 4), Bookmark("Note", 1, 4), Bookmark("Gone", 2, 4)])
    headings = outline.find_headings(4, "Note\na\nNote\nb")
    assert [heading.start for heading in headings] == [0, 0, 0]
    assert outline.find_headings(3, "Note") == ()


def test_a_page_without_text_has_its_headings_at_its_start() -> None:
    assert Outline([Bookmark("Scan", 1, 1)]).find_headings(1, "") == (Heading(0, 1, "Scan"),)


def test_headings_above_a_page() -> None:
    outline = Outline([Bookmark(*each) for each in [("A", 1, 1), ("a", 2, 1), ("b", 2, 2), ("B", 1, 3), ("x", 4, 3)]])
    titles = {page: [each.text for each in outline.list_above(page)] for page in range(1, 5)}
    assert titles == {1: [], 2: ["A", "a"], 3: ["A", "b"], 4: ["B", "x"]}


def test_bookmarks_out_of_order_are_put_in_order() -> None:
    outline = Outline([Bookmark("second", 1, 9), Bookmark("first", 1, 2)])
    assert [each.text for each in outline.list_above(5)] == ["first"]


def test_a_heading_ends_those_of_its_level_and_below() -> None:
    above = [Heading(0, 1, "a"), Heading(0, 2, "b"), Heading(0, 3, "c")]
    add_below(above, Heading(0, 2, "d"))
    assert [each.text for each in above] == ["a", "d"]
