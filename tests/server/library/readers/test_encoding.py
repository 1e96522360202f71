"""The beginning of a text is decoded strictly, in a fixed order of encodings."""

import pytest

from server.library.readers.encoding import decode_head


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16", "utf-32"])
def test_each_encoding_gives_the_same_text(encoding: str) -> None:
    assert decode_head("价格：￥12\n".encode(encoding), True) == "价格：￥12\n"


def test_utf_16_of_either_order() -> None:
    assert decode_head("\ufeffä中".encode("utf-16-be"), True) == "ä中"
    assert decode_head("\ufeffä中".encode("utf-16-le"), True) == "ä中"


@pytest.mark.parametrize("cut", [1, 2, 3, 4])
def test_a_character_may_be_cut_at_the_end_of_a_part(cut: int) -> None:
    data = "一二三四五".encode()
    text = decode_head(data[:-cut], False)
    assert text is not None
    assert "一二三四五".startswith(text)
    assert len(text) >= 3


def test_a_whole_text_may_not_end_within_a_character() -> None:
    assert decode_head(b"\xe4", True) is None


@pytest.mark.parametrize("data", [b"\xff\xff\xff", b"a\xffb\x80", b"\xef\xbb\xbf\xff", b"ab\xff\0\0\0\0\0"])
def test_what_no_encoding_can_read_is_no_text(data: bytes) -> None:
    assert decode_head(data, True) is None


def test_control_characters_are_no_text() -> None:
    assert decode_head(b"abc\0\1\2\3", True) is None
    assert decode_head(b"\x1b[1mbold\x1b[0m\f\tpage " * 3, True) is not None
    assert decode_head("\ufeff\0\0\0\1".encode("utf-16-le"), True) is None


def test_another_encoding_is_text_where_it_is_mostly_ascii() -> None:
    assert decode_head("Café au lait".encode("cp1252"), True) == "Caf\ufffd au lait"
    assert decode_head("Привет, мир".encode("cp1251") + b"\xff ", True) is None
    assert decode_head(b"\xff\xfe" + b"abc", True) is None
