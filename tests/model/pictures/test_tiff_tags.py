"""Directories of tags are read in both byte orders, damaged or not, and written."""

import pytest

from model.pictures.tiff_tags import LONG, MAX_VALUES, SHORT, read_tags, write_directory, write_entry
from tests.helpers.tiff_writer import Order, join_tiff

ORDERS: tuple[Order, ...] = ("<", ">")


def test_values_are_read_inline_and_elsewhere() -> None:
    for order in ORDERS:
        tags = read_tags(
            join_tiff(b"pixels", {256: (SHORT, (7,)), 258: (SHORT, (8, 8, 8)), 273: (LONG, (9, 10))}, order)
        )
        assert {number: (tag.kind, tag.values) for number, tag in tags.items()} == {
            256: (SHORT, (7,)),
            258: (SHORT, (8, 8, 8)),
            273: (LONG, (9, 10)),
        }


def test_what_is_not_there_has_no_values() -> None:
    data = join_tiff(b"", {256: (SHORT, (7,)), 258: (SHORT, (8, 8, 8))})
    cut = read_tags(data[:-4])
    assert cut[256].values == (7,)
    assert cut[258].values == ()
    many = join_tiff(b"", {256: (SHORT, (1,) * (MAX_VALUES + 1))})
    assert read_tags(many)[256].values == ()
    assert list(read_tags(data[: 8 + 2 + 12])) == [256], "the second entry is cut off"


def test_what_has_no_directory_is_refused() -> None:
    for data in (b"", b"II", b"II*\0", b"II*\0\2\0\0\0", b"II*\0\xff\xff\xff\x7f", b"II+\0\x08\0\0\0" + bytes(9)):
        with pytest.raises(ValueError, match="no "):
            read_tags(data)


def test_a_directory_of_chosen_entries_takes_the_place_of_all_others() -> None:
    for order in ORDERS:
        data = join_tiff(b"pixel", {256: (SHORT, (7,)), 700: (LONG, (1, 2, 3)), 258: (SHORT, (8, 8, 8))}, order)
        tags = read_tags(data)
        written = write_directory(data, [write_entry(order, 300, 1 << 20), tags[258].entry])
        assert {number: tag.values for number, tag in read_tags(written).items()} == {258: (8, 8, 8), 300: (1 << 20,)}
        assert written[8:14] == data[8:14]
