"""Words that point to what a dialogue named before: pronouns, and places among the last things named."""

import re

ORDINAL = re.compile(
    r"\bthe\s+(?P<en>first|second|third|fourth|fifth|1st|2nd|3rd|4th|5th|last|former|latter)"
    r"(?=\s+(?:one|of\b|product|item|model|option)|\s*[?.!,]|\s*$)"
    r"|\b(?P<both>former|latter)\b"
    r"|第\s*(?P<zh>[一二三四五1-5])\s*(?:个|款|种)(?!月|星期|小时|问题|订单|人|字|工作|季)"
    r"|(?P<side>前者|后者)|(?P<end>最后)(?:一个|那个|一款|那款)",
    re.I,
)
PLACES = {
    **dict.fromkeys(("first", "1st", "former", "前者", "一", "1"), 0),
    **dict.fromkeys(("second", "2nd", "二", "2"), 1),
    **dict.fromkeys(("third", "3rd", "三", "3"), 2),
    **dict.fromkeys(("fourth", "4th", "四", "4"), 3),
    **dict.fromkeys(("fifth", "5th", "五", "5"), 4),
    **dict.fromkeys(("last", "latter", "最后", "后者"), -1),
}
PAIRED = frozenset({"former", "latter", "前者", "后者"})

POINTER = re.compile(
    r"\b(?:it|its|they|them|their)\b|\b(?:this|that|these|those)\s+(?:one|ones)\b|\bthe\s+same\b"
    r"|它|同款|(?:这|那)(?:个|款|件|条|双|台|种|只|支|瓶)(?!\s*§)",
    re.I,
)
NAME = "§"
"""Stands for a name in a text whose names are left out."""


def find_place(question: str) -> tuple[int, bool] | None:
    """Return which of the last things a question points to, from 0 or from the end; and whether there are two."""
    found = ORDINAL.search(question)
    if found is None:
        return None
    word = next(group for group in found.groups() if group).lower()
    return PLACES[word], word in PAIRED


def points_back(question: str) -> bool:
    """Whether a question, whose names are left out, speaks of something that was named before."""
    return POINTER.search(question) is not None
