"""Whether a message is a customer's plain yes: nothing but a yes, with polite words around it.

Whatever is not on the lists is no yes: a customer who meant one is asked again, while a call that nobody wanted cannot
be taken back. So words that may also mean "enough", "perhaps" or "let me see" are on none of them.
"""

import re
import unicodedata
from functools import cache

from server.matching.folding import read_simplified_characters

MAX_LENGTH = 60
"""No yes is longer, in characters."""

YES = frozenset(
    """
    是 是的 是啊 是呀 是滴 是哒 对 对的 对啊 对呀 对哒 没错 正确 系 系啊 系呀 系的
    好 好的 好啊 好呀 好滴 好哒 好嘞 好咧 好哦 好的呀 好的呢 好的哦 可以 可以的 可以啊 可以呀 行 行的 行啊 行呀
    没问题 冇问题 当然 当然可以 当然好 嗯嗯 ok的 ok啊 ok呀 okk
    确认 我确认 确定 我确定 同意 我同意 确认无误 确认执行 确认办理 同意执行 同意办理
    继续 继续吧 请继续 请办理 请执行 办吧 就这样办 就这么办 就这样办吧 就这么办吧 按这个办
    """.split()  # in simplified characters
).union(
    "yes, yeah, yep, yup, yea, ok, okay, okey, sure, sure thing, certainly, absolutely, definitely".split(", "),
    "of course, by all means, affirmative, correct, that's correct, that is correct, that's right".split(", "),
    "that is right, that's fine, that is fine, that's ok, that is ok, that's okay, that works, sounds good".split(", "),
    "sounds great, looks good, all right, alright, agreed, agree, i agree, i do, it is, you may, you can".split(", "),
    "i'm sure, i am sure, confirm, confirmed, i confirm, i confirm it, i confirm this, i confirm that".split(", "),
    "confirm it, approve, approved, i approve, go ahead, go for it, go on, do it, do so, do that, please do".split(
        ", "
    ),
    "please do it, please do so, please do that, proceed, please proceed, please go ahead, let's do it".split(", "),
    "let's do that, let us do it, you have my consent".split(", "),
)

POLITE = frozenset(
    """
    谢谢 谢谢你 谢谢您 谢谢啦 多谢 感谢 非常感谢 十分感谢 唔该 麻烦了 麻烦你 麻烦您 麻烦你了 麻烦您了
    辛苦了 辛苦你了 辛苦您了 拜托了 你好 您好 亲
    """.split()
).union(
    "please, thanks, thank you, thank you very much, thank you so much, thanks a lot, many thanks, thx".split(", "),
    "hello, hi".split(", "),
)

LEADING = ("嗯", "哦", "那", "oh")
"""Sounds that say nothing where a yes follows."""

SEPARATORS = " ,.!~，。！、～"
APOSTROPHES = str.maketrans({"\u2019": "'", "\u02bc": "'", "\uff07": "'"})
HESITATION = re.compile(r"\.\.|。。|…|(.)\1\1")
"""Points in a row, and anything three times in a row: "好好好" and "yessss" are often meant as the opposite."""


def is_plain_yes(text: str) -> bool:
    """Whether a message is nothing but a yes, in Chinese or English."""
    if len(text) > MAX_LENGTH:
        return False
    plain = _normalize(text)
    if HESITATION.search(plain):
        return False
    has_yes, rest = False, plain.lstrip(SEPARATORS)
    while rest:
        found = _word_pattern().match(rest)
        if found is None or (found[1] in LEADING and has_yes):
            return False
        has_yes |= found[1] in YES
        rest = rest[found.end() :]
    return has_yes


def _normalize(text: str) -> str:
    """Return a text with one form for width and case, with simplified characters, and one space where there are some.

    What has no shape stays, and so do other scripts, so that no such character makes a yes of something else.
    """
    folded = unicodedata.normalize("NFKC", text.translate(APOSTROPHES)).casefold()
    simplified = _simplified()
    return " ".join("".join(simplified.get(each, each) for each in folded).split())


@cache
def _simplified() -> dict[str, str]:
    return read_simplified_characters()


@cache
def _word_pattern() -> re.Pattern[str]:
    """Return what matches the longest word at the beginning, and the separators behind it.

    An English word must end there; Chinese ones need nothing between them.
    """
    words = sorted((*YES, *POLITE, *LEADING), key=len, reverse=True)
    is_ended = "(?:(?<![a-z])|(?![a-z0-9']))"
    return re.compile(f"({'|'.join(map(re.escape, words))}){is_ended}[{re.escape(SEPARATORS)}]*")
