"""Profiles: the shipped ones, and mistakes in the operator's own."""

from pathlib import Path

import pytest

from model.messages import PromptOptions
from model.sampling import SamplingParams
from server.pipeline.profiles import (
    NOT_FOR_PROFILES,
    SHIPPED,
    Generation,
    Profile,
    ProfileError,
    Title,
    Words,
    load_profile,
    load_profiles,
)


def write(folder: Path, text: str, name: str = "shop.toml") -> Path:
    file = folder / name
    file.write_text(text, encoding="utf-8")
    return file


def test_the_shipped_profiles_speak_both_languages() -> None:
    profiles = load_profiles([SHIPPED])
    assert set(profiles) == {"ecommerce", "plain", "restaurant", "shop", "tech-support"}
    for name, profile in profiles.items():
        assert profile.title.zh != profile.title.en
        assert bool(profile.system_prompt("zh")) == bool(profile.system_prompt("en")) == (name != "plain")
    assert (profiles["plain"].stages, profiles["plain"].given) == ((), {})


def test_a_system_prompt_joins_system_style_and_language_rule() -> None:
    profile = Profile(
        title=Title("店", "Shop"),
        language="customer",
        zh=Words("甲。", "乙。"),
        en=Words("A.", "B."),
    )
    assert profile.system_prompt("zh") == "甲。乙。请使用顾客的语言。"
    assert profile.system_prompt("en") == "A. B. Answer in the customer's language."
    assert Profile(title=Title("店", "Shop"), language="en").system_prompt("zh") == "请用英文回答。"


def test_only_what_is_set_is_given() -> None:
    profile = Profile(title=Title("店", "Shop"), options=Generation(temperature=0, use_image_id=False))
    assert profile.given == {"temperature": 0, "use_image_id": False}


def test_a_later_folder_replaces_profiles_of_an_earlier_one(tmp_path: Path) -> None:
    write(tmp_path, 'title = { zh = "我的", en = "Mine" }', "ecommerce.toml")
    profiles = load_profiles([SHIPPED, tmp_path])
    assert profiles["ecommerce"].title.en == "Mine"
    assert len(profiles) == 5


@pytest.mark.parametrize(
    ("text", "line", "cause"),
    [
        ('title = {zh = "a", en = "b"}\n[options]\ntemperature = -3\n', 3, ">= 0.0"),
        ('title = {zh = "a", en = "b"}\n\nstage = []\n', 3, "unknown field `stage`"),
        ('title = {zh = "a", en = "b"}\nstages = ["typo"]\n', 2, "Invalid enum value 'typo'"),
        ('title = {zh = "a", en = "b"}\n[en]\nsystem = "a"\nstile = "b"\n', 4, "unknown field `stile`"),
        ('[zh]\nstyle = "a"\n[en]\nstyle = 3\n', 4, "Expected `str`"),
        ('title = {zh = "a"\n', 1, "line 1"),
        ("stages = []\n", 1, "missing required field `title`"),
        ('title = {zh = "a", en = "b"}\n[options]\nnum_beams = 3\nseed = 1\n', 2, "seed has no effect"),
        (
            'title = {zh = "a", en = "b"}\noptions.min_new_tokens = 9\noptions.max_new_tokens = 5',
            2,
            "min_new_tokens is 9",
        ),
    ],
)
def test_a_mistake_is_reported_with_file_and_line(tmp_path: Path, text: str, line: int, cause: str) -> None:
    file = write(tmp_path, text)
    with pytest.raises(ProfileError) as caught:
        load_profile(file)
    assert str(caught.value).startswith(f"{file}, line {line}: ")
    assert cause in str(caught.value)


def test_a_file_that_cannot_be_read_is_reported(tmp_path: Path) -> None:
    (tmp_path / "shop.toml").write_bytes('stages = []\nlanguage = "中"\n'.encode("gbk"))
    with pytest.raises(ProfileError, match="line 2: is not UTF-8"):
        load_profile(tmp_path / "shop.toml")
    with pytest.raises(ProfileError, match="No such file"):
        load_profile(tmp_path / "shoe.toml")


def test_a_byte_order_mark_and_windows_line_ends_are_accepted(tmp_path: Path) -> None:
    (tmp_path / "shop.toml").write_bytes(
        'title = {zh = "店", en = "b"}\r\n[en]\r\nstyle = """a\r\nb"""'.encode("utf-8-sig")
    )
    assert load_profile(tmp_path / "shop.toml").en.style == "a\nb"


def test_parameters_that_do_not_contradict_each_other_are_accepted() -> None:
    Generation(temperature=0, num_beams=3, seed=1, max_slice_nums=2, use_image_id=True).check()
    Generation(num_beams=1, temperature=0.5, min_new_tokens=3).check()


def test_a_profile_may_set_all_parameters_but_those_of_a_single_request() -> None:
    parameters = {*SamplingParams.__struct_fields__, *PromptOptions.__struct_fields__}
    assert set(Generation.__struct_fields__) == parameters - NOT_FOR_PROFILES
    assert parameters >= NOT_FOR_PROFILES
    assert Generation().given == {}


def test_the_digest_changes_with_everything_in_the_profile() -> None:
    one = Profile(title=Title("店", "Shop"))
    assert one.digest == Profile(title=Title("店", "Shop")).digest
    assert one.digest != Profile(title=Title("店", "Shop"), options=Generation(temperature=0)).digest
    assert one.digest != Profile(title=Title("店", "Shop"), en=Words("Be brief.")).digest


RULES = """
title = { zh = "店", en = "Shop" }
stages = ["tools"]
[[rules]]
en = ["my orders"]
tool = "list_orders"
literals = { limit = 5 }
"""


def test_rules_of_a_profile_are_read(tmp_path: Path) -> None:
    (rule,) = load_profile(write(tmp_path, RULES)).rules
    assert (rule.tool, rule.en, rule.literals) == ("list_orders", ("my orders",), {"limit": 5})
    assert load_profile(write(tmp_path, RULES)).digest != load_profile(write(tmp_path, RULES.replace("5", "6"))).digest


@pytest.mark.parametrize(
    ("old", "new", "line", "cause"),
    [
        ('["my orders"]', "[]", 4, "needs words"),
        ("limit = 5", "limit = []", 7, "literals"),
        ("literals", "answers", 7, "answers"),
        ("literals = { limit = 5 }", 'arguments = { order = "(" }', 4, "no regular expression"),
        ('tool = "list_orders"', "tool = 5", 6, "Expected `str`"),
    ],
)
def test_a_wrong_rule_is_refused_with_its_line(tmp_path: Path, old: str, new: str, line: int, cause: str) -> None:
    with pytest.raises(ProfileError, match=rf"line {line}: rule 1: .*{cause}"):
        load_profile(write(tmp_path, RULES.replace(old, new)))
    head, _, rule = RULES.partition("[[rules]]")
    with pytest.raises(ProfileError, match=rf"line {line + 4}: rule 2: .*{cause}"):
        load_profile(write(tmp_path, f"{head}[[rules]]{rule}[[rules]]{rule.replace(old, new)}"))


def test_the_example_shop_asks_for_a_person_after_two_answers_that_found_nothing() -> None:
    shop = load_profiles([SHIPPED])["shop"]
    assert (shop.handover_after_not_found, shop.not_found is None) == (2, False)
