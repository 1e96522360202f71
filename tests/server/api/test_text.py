"""What counts as blank."""

import unicodedata

import pytest

from server.api.text import has_text, refuse_blank
from server.errors import FieldRefused

BLANK = (
    *("", " ", "\t\n\r\v\f", "\u00a0", "\u3000\u3000", "\u2003 \u2009", "\u1680", "\u2028", "\u0085", "\x00", "\x7f"),
    *("\u200b", "\u200b\u200c\u200d\u2060", "\ufeff", "\u00ad", "\u202e", "\u2066\u2069", "\u034f", "\u061c", "\u180e"),
    *("\u3164", "\uffa0", "\u115f\u1160", "\u2800", "\ufe0f", "\U000e0020\U000e007f", "\U000e0100", "\U0001d173"),
)
VISIBLE = (
    "a",
    "0",
    "-",
    " a ",
    "\u200b。",
    "蓝",
    "\u3000衫",
    "😀\ufe0f",
    "\u0301",
    "é",
    "\u0600",
    "\U0001f600",
    "\u2801",
    "\u00a1",
)


@pytest.mark.parametrize("text", BLANK)
def test_what_shows_nothing_is_blank(text: str) -> None:
    assert not has_text(text)
    assert not has_text(text * 100)
    with pytest.raises(FieldRefused) as refused:
        refuse_blank("title", text)
    assert refused.value.param == "title"
    assert refused.value.texts["en"] == "the field title cannot be used: it must not be blank"
    assert refused.value.texts["zh"] == "参数 title 不可用：不能为空白"


@pytest.mark.parametrize("text", VISIBLE)
def test_what_shows_something_is_not(text: str) -> None:
    assert has_text(text)
    refuse_blank("title", text)


def test_every_letter_number_and_sign_is_visible() -> None:
    fillers = set("\u115f\u1160\u3164\uffa0\u2800")
    for character in map(chr, range(0x110000)):
        if unicodedata.category(character)[0] in "LNPS" and character not in fillers:
            assert has_text(character), hex(ord(character))


def test_every_space_and_control_character_is_blank() -> None:
    for character in map(chr, range(0x110000)):
        if unicodedata.category(character) in ("Cc", "Zs", "Zl", "Zp"):
            assert not has_text(character), hex(ord(character))


def test_no_text_is_blank_too() -> None:
    assert not has_text(None)
