import pytest

from server.pipeline.typos.change import Change, Correction


def test_a_text_without_changes_stays() -> None:
    assert Correction.apply("多少钱", []) == Correction("多少钱", ())


def test_each_change_is_made_in_its_place() -> None:
    changes = [Change(3, "价各", "价格"), Change(8, "参术", "参数")]
    assert Correction.apply("看一下价各，还有参术。", changes).text == "看一下价格，还有参数。"


def test_changes_come_in_the_order_of_the_text() -> None:
    first, second = Change(0, "waht", "what"), Change(8, "teh", "the")
    correction = Correction.apply("waht is teh price", [second, first])
    assert correction.changes == (first, second)
    assert correction.text == "what is the price"


def test_places_are_those_of_the_text_as_it_was_typed() -> None:
    changes = [Change(0, "helo", "hello"), Change(5, "wrld", "world")]
    correction = Correction.apply("helo wrld", changes)
    assert correction.text == "hello world"
    assert [correction.changes[1].start, correction.changes[1].end] == [5, 9]


def test_a_place_counts_characters_not_bytes() -> None:
    assert Correction.apply("😀价各", [Change(1, "价各", "价格")]).text == "😀价格"


@pytest.mark.parametrize(
    "changes",
    [
        [Change(0, "ab", "x"), Change(1, "bc", "y")],
        [Change(0, "ab", "x"), Change(0, "ab", "y")],
        [Change(1, "ab", "x")],
        [Change(9, "ab", "x")],
    ],
)
def test_changes_that_do_not_fit_are_refused(changes: list[Change]) -> None:
    with pytest.raises(ValueError, match="does not fit the text"):
        Correction.apply("abcd", changes)
