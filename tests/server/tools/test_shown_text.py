"""Values are shown as one line of text that hides nothing and cannot be markup."""

import json
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.tools.shown_text import MAX_LENGTH, fill_places, show_value


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("AB123456", "AB123456"),
        ("太小了，换大一号", "太小了，换大一号"),
        ("12.50", "12.50"),
        (7, "7"),
        (True, "true"),
        (None, "null"),
        (["a", {"b": 1}], '`["a", {"b": 1}]`'),
        ("", "（空）"),
        ("**free**", "`**free**`"),
        ("[a](http://x)", "`[a](http://x)`"),
        ("https://evil.example", "`https://evil.example`"),
        ("see www.evil.example", "`see www.evil.example`"),
        ("<b>", "`<b>`"),
        ("a`b", "`a[U+0060]b`"),
        ("- order", "`- order`"),
        ("a_b", "`a_b`"),
        ("a\nb", "`a[U+000A]b`"),
        ("a\u202eb", "`a[U+202E]b`"),
        ("a\u200bb", "`a[U+200B]b`"),
        ("a\u2066b\u2069", "`a[U+2066]b[U+2069]`"),
        ("a\ufe0fb", "`a[U+FE0F]b`"),
        ("a\u3164b", "`a[U+3164]b`"),
        ("a\u00a0b", "a b"),
        ("a\ud800", "`a[U+D800]`"),
    ],
)
def test_values(value: object, shown: str) -> None:
    assert show_value(value, "zh") == shown


def test_a_long_value_says_how_much_more_there_is() -> None:
    text = show_value("字" * (MAX_LENGTH + 20), "zh")
    assert text.startswith("字" * MAX_LENGTH)
    assert text.endswith("（另有 20 个字符）")
    assert show_value("x" * (MAX_LENGTH + 1), "en").endswith("(1 more characters)")


def test_many_marks_over_a_letter_cover_nothing() -> None:
    assert show_value("e" + "\u0301" * 50, "en").count("\u0301") == 2


@given(st.text(st.characters(), max_size=100) | st.lists(st.text(max_size=5)))
def test_no_value_hides_anything(value: object) -> None:
    shown = show_value(value, "en")
    assert shown
    assert all(unicodedata.category(each) not in {"Cc", "Cf", "Cs", "Zl", "Zp"} for each in shown)
    assert shown.count("`") in (0, 2)
    json.dumps(shown, ensure_ascii=False).encode()


def test_places_are_filled_once() -> None:
    values = {"order": "{name}", "name": "**x**", "n": 3}
    assert fill_places("{order} {n} {other} {", values, "en") == "`{name}` 3 {other} {"
