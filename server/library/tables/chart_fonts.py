"""Fonts for charts: those that have the characters of the labels."""

from collections.abc import Iterable, Sequence
from functools import lru_cache

from matplotlib.font_manager import FontProperties, findfont, fontManager, get_font

from server.errors.documents import FontMissing

BASE = "DejaVu Sans"
"""The font that comes with matplotlib."""

CHINESE = (
    "Noto Sans CJK SC",
    "Noto Sans SC",
    "Source Han Sans SC",
    "Source Han Sans CN",
    "Noto Sans CJK JP",
    "Microsoft YaHei",
    "PingFang SC",
    "Hiragino Sans GB",
    "WenQuanYi Zen Hei",
    "WenQuanYi Micro Hei",
    "Droid Sans Fallback",
    "SimHei",
    "Noto Serif CJK SC",
    "AR PL UMing CN",
)
"""Fonts with Chinese characters, the best first."""


def choose_families(texts: Iterable[str]) -> Sequence[str]:
    """Return the names of fonts that have all characters of texts together, each for those before it lack.

    Raises `FontMissing`.
    """
    missing = {ord(character) for text in texts for character in text if character.isprintable()}
    families: list[str] = []
    for name in (BASE, *_list_installed()):
        covered = missing & _list_characters(name)
        if covered:
            families.append(name)
            missing -= covered
    letters = sorted(code for code in missing if chr(code).isalnum())
    if letters:
        raise FontMissing(chr(letters[0]))
    return families or [BASE]


@lru_cache(maxsize=1)
def _list_installed() -> tuple[str, ...]:
    """Return the fonts with Chinese characters that are installed, those known to be good before all others."""
    installed = {font.name for font in fontManager.ttflist}
    others = sorted(name for name in installed if "CJK" in name or "Hei" in name or "Ming" in name or "Song" in name)
    return tuple(dict.fromkeys((*(name for name in CHINESE if name in installed), *others)))


@lru_cache(maxsize=32)
def _list_characters(name: str) -> frozenset[int]:
    path = findfont(FontProperties(family=[name]), fallback_to_default=False)
    return frozenset(get_font(path).get_charmap())
