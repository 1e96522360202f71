"""Where long texts are cut."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from server.library.readers.cutting import cut_text, find_cut

TEXTS = st.text(alphabet="ab 。，.\n\r\u0301\u200d👩", max_size=300)


@given(TEXTS, st.integers(1, 40), st.integers(1, 50))
def test_parts_are_the_text_and_no_longer_than_they_may_be(text: str, length: int, chunk: int) -> None:
    parts = list(cut_text([text[at : at + chunk] for at in range(0, len(text), chunk)], length))
    assert "".join(parts) == text
    assert all(0 < len(part) <= length for part in parts)


@given(TEXTS, st.integers(4, 40))
def test_no_line_end_is_torn(text: str, length: int) -> None:
    parts = list(cut_text([text], length))
    assert not any(a.endswith("\r") and b.startswith("\n") for a, b in pairwise(parts))


def test_paragraphs_come_before_lines_before_sentences_before_words() -> None:
    assert find_cut("aaaaaa\n\nb\nc. d e", 0, 12) == 8
    assert find_cut("aaaaaaaab\nc. d efg", 0, 15) == 10
    assert find_cut("aaaaaaaabc. d efg", 0, 15) == 12
    assert find_cut("第一句话很长很长。第二句，第三", 0, 14) == 9
    assert find_cut("aaaaaaaaa bcdefgh", 0, 15) == 10


def test_a_place_in_the_first_half_is_none() -> None:
    assert find_cut("a\n\n" + "b" * 20, 0, 20) == 20


def test_accents_and_joined_emoji_stay_together() -> None:
    assert list(cut_text(["aaae\u0301b"], 4)) == ["aaa", "e\u0301b"]
    assert list(cut_text(["aaa👩\u200d👦b"], 5)) == ["aaa", "👩\u200d👦b"]


def test_only_what_is_needed_is_read() -> None:
    asked = []

    def chunks() -> list[str]:
        asked.append(1)
        return ["x" * 10]

    parts = cut_text((chunk for _ in range(1000) for chunk in chunks()), 20)
    next(parts)
    assert len(asked) < 5
