"""The names that collections may have, and what references are compared by."""

import pytest

from server.store.errors import CollectionNameRefused
from server.store.knowledge_names import MAX_FOLDED, check_collection_name, fold_reference

GOOD = ("shop", "商店", "Магазин", "दुकान", "shop-2_b.v3", "7", "-", "é" * 64, "ร้าน")
BAD = (
    "",
    ".",
    ".shop",
    "a/b",
    "a b",
    "a\\b",
    "a\nb",
    "a\0b",
    "\ud800",
    "x" * 65,
    "a?b",
    "a%2Fb",
    "..",
    "a:b",
    "\u202eab",
    "😀",
)


@pytest.mark.parametrize("name", GOOD)
def test_names_of_any_script(name: str) -> None:
    assert check_collection_name(name) == name


@pytest.mark.parametrize("name", BAD)
def test_names_that_are_refused(name: str) -> None:
    with pytest.raises(CollectionNameRefused, match="1 to 64"):
        check_collection_name(name)


def test_letters_with_accents_are_written_in_one_way() -> None:
    assert check_collection_name("cafe\u0301") == "café"


@pytest.mark.parametrize("text", ["a\0b", "\ud800", "价格 \ud83d"])
def test_what_cannot_be_stored_is_compared_all_the_same(text: str) -> None:
    assert fold_reference(text).encode()


def test_long_references_stay_apart_and_short() -> None:
    one, two = fold_reference("字" * 5000), fold_reference("字" * 5001)
    assert one != two
    assert one.startswith("字" * MAX_FOLDED)
    assert max(len(one.encode()), len(two.encode())) < 1000
    assert fold_reference("字" * MAX_FOLDED) == "字" * MAX_FOLDED
