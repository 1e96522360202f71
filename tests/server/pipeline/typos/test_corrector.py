from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from server.pipeline.typos.change import Change, Correction
from server.pipeline.typos.corrector import MAX_LENGTH, Corrector
from server.pipeline.typos.dictionary import load
from tests.helpers.shipped_typos import make_corrector, open_corrector


def test_both_languages_in_one_question() -> None:
    correction = open_corrector().correct("这件 shrit 的价各是多少")
    assert correction.text == "这件 shirt 的价格是多少"
    assert correction.changes == (Change(3, "shrit", "shirt"), Change(10, "价各", "价格"))


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "？",
        "MiniCPM-V-2_6",
        "￥299 的 XL 码还有吗",
        "ＡＢＣ１２３",
        "他说的是‘价各’这两个字",
        "菜单上的“参术”是什么",
        "「价各」",
        "我叫李晓峰",
        "请问花西子和雅诗兰黛哪个好",
        "我想买舒肤佳的",
        "霸王茶姬多少钱",
        "do you ship salomon shoes",
        "来一份盐水鸭吧",
        'the sign says "resturant closed"',
        "it prints 'conection refused' here",
        "run `git pussh` now",
        "open https://example.com/retrun please",
        "mail jon@exmaple.com please",
        "see shiping_labels.csv please",
        "TEH is a brand",
        "ask Catharine",
        "\ue000",
        "\ud83d",
    ],
)
def test_what_is_never_touched(text: str) -> None:
    assert open_corrector().correct(text) == Correction(text)


def test_a_long_text_is_left_alone() -> None:
    typo = "价各，"
    assert open_corrector().correct(typo * (MAX_LENGTH // 3)).changes
    assert not open_corrector().correct(typo * (MAX_LENGTH // 3 + 1)).changes


def test_a_corrected_text_is_not_corrected_again() -> None:
    text = open_corrector().correct("我的订丹价各不对, please chekc my adress").text
    assert open_corrector().correct(text).changes == ()


def test_many_threads_get_the_same_results() -> None:
    texts = ["价各是多少", "the pirce of it", "我的订丹", "my adress"] * 200
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda text: open_corrector().correct(text).text, texts))
    assert found == ["价格是多少", "the price of it", "我的订单", "my address"] * 200


def test_the_operators_words_are_left_alone() -> None:
    own = make_corrector("价各", "pirce", "Qwzx-9")
    assert own.correct("价各牌的 pirce").changes == ()
    assert open_corrector().correct("价各牌的 pirce").changes


def test_the_operators_words_are_corrected_to() -> None:
    own = make_corrector("云朵杯", "flumpet")
    assert own.correct("云朵怀和 flumpt 有吗").text == "云朵杯和 flumpet 有吗"


def test_the_operators_pairs_are_replaced() -> None:
    own = make_corrector(冲电宝="充电宝", teh="the")
    correction = own.correct("冲电宝 in teh box")
    assert correction.text == "充电宝 in the box"
    assert correction.changes == (Change(0, "冲电宝", "充电宝"), Change(7, "teh", "the"))


def test_a_latin_pair_replaces_whole_words_only() -> None:
    assert make_corrector(teh="the").correct("tehran, xteh, teh_1").changes == ()


def test_the_longest_pair_wins() -> None:
    assert make_corrector(冲电="充电", 冲电宝="充电宝（大）").correct("冲电宝").text == "充电宝（大）"


def test_a_pair_is_not_corrected_again() -> None:
    assert make_corrector(甲乙="价各").correct("甲乙是多少").text == "价各是多少"


def test_pairs_do_not_touch_quoted_text() -> None:
    assert make_corrector(teh="the").correct("he wrote 'teh' and teh").text == "he wrote 'teh' and the"


def test_the_operators_dictionary_can_be_exchanged(tmp_path: Path) -> None:
    path = tmp_path / "typos.txt"
    path.write_text("冲电宝 -> 充电宝\n", encoding="utf-8")
    first = Corrector.open(load(path))
    path.write_text("冲电宝\n", encoding="utf-8")
    second = first.with_dictionary(load(path))
    assert first.correct("冲电宝").text == "充电宝"
    assert second.correct("冲电宝").text == "冲电宝"


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("iPhone 15 的价各是 5999 吗？", "iPhone 15 的价格是 5999 吗？"),
        ("￥299 的优惠卷（满 300）", "￥299 的优惠券（满 300）"),
        ("价各，参术。", "价格，参数。"),
        ("the pirce is $299.00!", "the price is $299.00!"),
        ("A pirce, a wieght", "A price, a weight"),
        ("价各\nthe pirce", "价格\nthe price"),
        ("“价各”的价各", "“价各”的价格"),
        ("我叫李晓峰，我的订丹呢", "我叫李晓峰，我的订单呢"),
        ("寄到文三路 478 号，价各多少", "寄到文三路 478 号，价格多少"),
    ],
)
def test_only_the_typo_is_changed(typed: str, meant: str) -> None:
    assert open_corrector().correct(typed).text == meant


def test_a_change_says_what_stood_where() -> None:
    text = "我的订丹 of 😀 the pirce, 价各"
    for change in open_corrector().correct(text).changes:
        assert text[change.start : change.end] == change.old != change.new
