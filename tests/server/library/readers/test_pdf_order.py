"""The order in which the text of a page is read."""

import random

import pytest

from server.library.readers.pdf_order import MAX_SEGMENTS, Segment, order_segments


def segment(text: str, left: float, top: float, width: float = 0.2, height: float = 0.02) -> Segment:
    return Segment(text, left, top, left + width, top + height)


def read(segments: list[Segment]) -> list[str]:
    return [" ".join(each.text for each in line) for line in order_segments(segments)]


def test_the_order_of_the_file_is_kept_where_it_goes_down() -> None:
    assert read([segment("a", 0.1, 0.1), segment("b", 0.3, 0.2), segment("c", 0.1, 0.3)]) == ["a", "b", "c"]


def test_a_column_at_the_right_follows_the_left_one() -> None:
    left = [segment(f"l{i}", 0.1, 0.1 + i / 20) for i in range(3)]
    right = [segment(f"r{i}", 0.6, 0.1 + i / 20) for i in range(3)]
    assert read(left + right) == read(right + left) == ["l0", "l1", "l2", "r0", "r1", "r2"]


@pytest.mark.parametrize("seed", range(5))
def test_lines_in_any_order_are_read_from_the_top(seed: int) -> None:
    lines = [segment(str(i), 0.1, i / 20) for i in range(15)]
    shuffled = random.Random(seed).sample(lines, len(lines))
    assert read(shuffled) == [str(i) for i in range(15)]


def test_parts_of_a_line_that_are_drawn_backwards_are_joined() -> None:
    assert read([segment("world", 0.5, 0.101), segment("hello", 0.1, 0.1)]) == ["hello world"]


def test_cells_are_joined_and_rows_are_not() -> None:
    rows = [segment(f"{row}{column}", 0.1 + column / 4, row / 10) for row in range(3) for column in range(3)]
    assert read(rows) == ["00 01 02", "10 11 12", "20 21 22"]


def test_a_raised_number_stays_in_its_line() -> None:
    parts = [segment("text", 0.1, 0.1), segment("1", 0.31, 0.095, 0.01, 0.01), segment("more", 0.33, 0.1)]
    assert read(parts) == ["text 1 more"]


def test_text_from_top_to_bottom_keeps_its_order() -> None:
    columns = [segment(f"c{i}", 0.8 - i / 10, 0.1, 0.02, 0.6) for i in range(3)]
    assert read(columns) == ["c0", "c1", "c2"]


def test_labels_of_a_drawing_do_not_part_the_text() -> None:
    text = [segment(f"t{i}", 0.1, 0.1 + i / 20) for i in range(6)]
    labels = [segment("high", 0.2, 0.16, 0.05), segment("low", 0.21, 0.3, 0.05), segment("middle", 0.2, 0.2, 0.05)]
    assert read(text + labels)[:6] == ["t0", "t1", "t2", "t3", "t4", "t5"]


def test_nothing() -> None:
    assert order_segments([]) == []


def test_many_thousand_parts_keep_their_order() -> None:
    scattered = [
        segment(str(i), (i * 7919 % 100) / 100, (i * 104_729 % 1000) / 1000, 0.01) for i in range(MAX_SEGMENTS + 1)
    ]
    assert [line[0] for line in order_segments(scattered)] == scattered
