import pytest

from server.pipeline.typos.confusions import (
    Confusions,
    Likeness,
    merge_near_sounds,
    read_near_syllables,
    read_syllables,
)
from server.pipeline.typos.words import read_lines

SHAPES = Confusions(["已己巳", "末未"])


@pytest.mark.parametrize(
    ("character", "syllable"),
    [("价", "jia"), ("绿", "lü"), ("路", "lu"), ("参", "can"), ("行", "xing"), ("行", "hang"), ("〇", "ling")],
)
def test_a_character_has_its_syllables_without_tones(character: str, syllable: str) -> None:
    assert syllable in read_syllables(character)


def test_what_is_no_character_has_no_syllable() -> None:
    assert read_syllables("A") == read_syllables("。") == read_near_syllables("\ue000") == frozenset()


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("zhang", "zan"),
        ("cheng", "cen"),
        ("shi", "si"),
        ("nin", "ling"),
        ("lan", "nang"),
        ("xin", "xing"),
        ("fang", "fan"),
        ("men", "meng"),
    ],
)
def test_near_syllables_become_the_same(one: str, other: str) -> None:
    assert merge_near_sounds(one) == merge_near_sounds(other)


@pytest.mark.parametrize(
    ("one", "other"), [("fei", "hui"), ("zi", "ci"), ("ban", "pan"), ("lü", "lu"), ("gong", "gon"), ("a", "e")]
)
def test_other_syllables_stay_different(one: str, other: str) -> None:
    assert merge_near_sounds(one) != merge_near_sounds(other)


@pytest.mark.parametrize(
    ("typed", "meant", "likeness"),
    [
        ("各", "格", Likeness.SOUND),
        ("术", "数", Likeness.SOUND),
        ("丹", "单", Likeness.SOUND),
        ("寸", "存", Likeness.SOUND),
        ("城", "层", Likeness.NEAR_SOUND),
        ("心", "型", Likeness.NEAR_SOUND),
        ("事", "思", Likeness.NEAR_SOUND),
        ("己", "已", Likeness.SHAPE),
        ("末", "未", Likeness.SHAPE),
        ("大", "小", None),
        ("巳", "末", None),
    ],
)
def test_characters_are_alike_by_sound_or_shape(typed: str, meant: str, likeness: Likeness | None) -> None:
    assert SHAPES.find_likeness(typed, meant) == likeness


def test_sound_comes_before_shape() -> None:
    assert Confusions(["青清"]).find_likeness("青", "清") is Likeness.SOUND


def test_without_groups_nothing_looks_alike() -> None:
    assert Confusions([]).find_likeness("己", "巳") is None


@pytest.mark.parametrize(("typed", "meant"), [("拆", "折"), ("待", "侍"), ("末", "未"), ("己", "已"), ("劵", "券")])
def test_the_shipped_groups_are_alike_both_ways(typed: str, meant: str) -> None:
    shipped = Confusions(group for line in read_lines("zh_shapes.txt") for group in line.split())
    assert shipped.find_likeness(typed, meant) is not None
    assert shipped.find_likeness(meant, typed) is not None
