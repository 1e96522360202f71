"""No part of a stop string is ever shown, and nothing else is lost."""

import random

import pytest

from model.stopping import StopStrings


def run(stop: list[str], pieces: list[str]) -> tuple[list[str], bool]:
    strings = StopStrings(stop)
    shown = [strings.add(piece) for piece in pieces]
    return [*shown, strings.finish()], strings.is_stopped


def test_without_stop_strings_nothing_is_held_back() -> None:
    assert run([], ["a", "", "b"]) == (["a", "", "b", ""], False)


def test_a_stop_string_within_a_piece_ends_the_text() -> None:
    assert run(["END"], ["one END two", "three"]) == (["one ", "", ""], True)


def test_a_stop_string_across_pieces_is_never_shown_in_part() -> None:
    assert run(["END"], ["one E", "N", "D two"]) == (["one ", "", "", ""], True)


def test_held_text_is_returned_when_it_is_no_stop_string() -> None:
    assert run(["END"], ["one E", "N", "vy", "E"]) == (["one ", "", "ENvy", "", "E"], False)


@pytest.mark.parametrize(
    ("stop", "shown"), [(["d", "bc"], "a"), (["abc", "b"], ""), (["c", "cd"], "ab"), (["x"], "abcd")]
)
def test_the_earliest_of_several_stop_strings_ends_the_text(stop: list[str], shown: str) -> None:
    assert "".join(run(stop, ["abcd"])[0]) == shown


def test_a_stop_string_may_begin_again_within_itself() -> None:
    assert "".join(run(["aab"], ["a", "a", "a", "b"])[0]) == "a"


@pytest.mark.parametrize("seed", range(60))
def test_how_the_text_is_cut_does_not_matter(seed: int) -> None:
    rng = random.Random(seed)
    text = "".join(rng.choice("ab中") for _ in range(30))
    stop = ["".join(rng.choice("ab中") for _ in range(rng.randint(1, 5))) for _ in range(rng.randint(1, 3))]
    ends = [text.find(s) for s in stop if s in text]
    cuts = sorted(rng.sample(range(1, 30), 8))
    pieces = [text[a:b] for a, b in zip([0, *cuts], [*cuts, 30], strict=True)]
    shown, is_stopped = run(stop, pieces)
    # a longer stop string that begins earlier may be found only after a shorter one has ended the text
    assert is_stopped == bool(ends)
    assert text.startswith("".join(shown))
    if not ends:
        assert "".join(shown) == text
    else:
        assert not any(s in "".join(shown) for s in stop)
        assert len("".join(shown)) >= min(ends)


TAGS = ("<call>", "</call>")


def cut(text: str, size: int) -> list[str]:
    return [text[i : i + size] for i in range(0, len(text), size)]


@pytest.mark.parametrize("size", [1, 2, 5, 100])
@pytest.mark.parametrize(
    ("stop", "text", "shown"),
    [
        (["X"], "a <call>X</call> b", "a <call>X</call> b"),
        (["X"], "a <call>X</call> bX c", "a <call>X</call> b"),
        (["X"], "aX <call>X</call>", "a"),
        (["X"], "a <call>X <call>X", "a <call>X <call>X"),
        (["<", "call"], "<call>a</call>", "<call>a</call>"),
        (["<"], "a <b> c", "a "),
        (["<"], "a <", "a "),
        (["\n"], "<call>\n{}\n</call>\n<call>\n", "<call>\n{}\n</call>"),
        (["</call>"], "<call>a</call>b</call>", "<call>a</call>b"),
    ],
)
def test_stop_strings_do_nothing_in_what_is_spared(stop: list[str], text: str, shown: str, size: int) -> None:
    strings = StopStrings(stop, TAGS)
    assert "".join([*map(strings.add, cut(text, size)), strings.finish()]) == shown
    assert strings.is_stopped == (shown != text)


@pytest.mark.parametrize("size", [1, 3, 100])
def test_what_is_spared_may_have_no_end(size: int) -> None:
    strings = StopStrings(["X"], TAGS[:1])
    assert "".join(map(strings.add, cut("a<call>X</call>X", size))) + strings.finish() == "a<call>X</call>X"


def test_without_stop_strings_tags_hold_nothing_back() -> None:
    assert StopStrings([], TAGS).add("a <ca") == "a <ca"


def test_the_string_that_ended_the_text_is_known() -> None:
    for stop, found in ((["d", "bc"], "bc"), (["bcd", "bc"], "bcd"), (["bc", "bcd"], "bc"), (["x"], None)):
        strings = StopStrings(stop)
        for piece in ("a", "b", "cd"):
            strings.add(piece)
        strings.finish()
        assert strings.found == found
