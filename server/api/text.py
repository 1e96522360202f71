"""Texts that people must be able to see: those with anything but spaces and characters that show nothing."""

import re
from typing import TypeGuard

from server.errors import FieldRefused

VISIBLE = re.compile(
    r"[^\s\x00-\x1f\x7f-\xa0\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202f\u205f-\u206f"
    r"\u2800\u3000\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb"
    r"\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)
"""Neither White_Space, nor Default_Ignorable_Code_Point, nor a control or annotation character, nor blank in Braille.

https://www.unicode.org/reports/tr44/
"""


def has_text(text: str | None) -> TypeGuard[str]:
    """Whether there is something to see in a text."""
    return text is not None and VISIBLE.search(text) is not None


def refuse_blank(name: str, text: str) -> None:
    """Raise `FieldRefused` for the field `name` if there is nothing to see in its text."""
    if not has_text(text):
        raise FieldRefused(name, "it must not be blank", "不能为空白")
