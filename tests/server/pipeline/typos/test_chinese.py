import pytest

from server.pipeline.typos.change import Change, Correction
from server.pipeline.typos.chinese import PAIR_COST, PENALTIES, ChineseSpelling
from server.pipeline.typos.confusions import Confusions, Likeness
from server.pipeline.typos.vocabulary import Vocabulary
from tests.helpers.shipped_typos import open_chinese


def correct(text: str) -> str:
    return Correction.apply(text, open_chinese().find_changes(text)).text


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("请问价各是多少", "请问价格是多少"),
        ("发我看看参术", "发我看看参数"),
        ("我的订丹呢", "我的订单呢"),
        ("优惠卷怎么用", "优惠券怎么用"),
        ("屏目碎了", "屏幕碎了"),
        ("收货地止填错了", "收货地址填错了"),
        ("手机验正码收不到", "手机验证码收不到"),
        ("我以经付款了", "我已经付款了"),
        ("什么时侯能到货", "什么时候能到货"),
        ("物硫信息没有更新", "物流信息没有更新"),
        ("能不能分七付款", "能不能分期付款"),
    ],
)
def test_typos_by_sound_and_shape_are_corrected(typed: str, meant: str) -> None:
    assert correct(typed) == meant


@pytest.mark.parametrize(
    "text",
    [
        "这款有现货吗",
        "价格是多少",
        "孩子明天过生日",
        "他们三个人一起去",
        "他们还没有发货",
        "的的的的的",
        "一二三四五六七",
        "東西還沒收到，請問價格多少",
        "囍",
        "亚码和欧码",
        "天丝四件套",
        "冇货了吗",
        "侬好",
        "均码能穿到多少斤",
        "",
    ],
)
def test_what_is_right_is_left_alone(text: str) -> None:
    assert list(open_chinese().find_changes(text)) == []


def test_two_typos_in_one_run() -> None:
    changes = list(open_chinese().find_changes("价各和参术"))
    assert sorted(changes) == [Change(0, "价各", "价格"), Change(3, "参术", "参数")]


def test_places_are_those_of_the_text() -> None:
    (change,) = open_chinese().find_changes("ok, 看看 iPhone 的价各!")
    assert change == Change(15, "价各", "价格")


def test_what_is_not_chinese_ends_a_run() -> None:
    assert list(open_chinese().find_changes("价,各")) == []
    assert list(open_chinese().find_changes("价\ue000各")) == []


def test_numbers_are_left_alone() -> None:
    assert list(open_chinese().find_changes("三十七码有没有")) == []
    assert list(open_chinese().find_changes("买一打")) == []


def small(costs: dict[str, float], masked: dict[str, tuple[str, ...]]) -> ChineseSpelling:
    return ChineseSpelling(Vocabulary(costs, masked), Confusions([]), frozenset("價"))


MASKED: dict[str, tuple[str, ...]] = {"价\0": ("价格",), "\0格": ("价格",)}


def test_a_longer_word_is_not_broken() -> None:
    costs = {"价格": 3.0, "物价": 4.0, "各": 3.0, "各种": 3.5}
    assert list(small(costs, MASKED).find_changes("物价各种")) == []
    assert [change.new for change in small(costs, MASKED).find_changes("价各")] == ["价格"]


def test_a_rare_word_may_stand_where_a_common_one_is_near() -> None:
    assert list(small({"价格": 3.0, "价各": 7.0}, MASKED).find_changes("价各")) == []


def test_nothing_is_changed_if_two_words_are_as_likely() -> None:
    masked: dict[str, tuple[str, ...]] = {"价\0": ("价格", "价隔")}
    assert list(small({"价格": 3.0, "价隔": 3.1}, masked).find_changes("价各")) == []
    assert [change.new for change in small({"价格": 3.0, "价隔": 4.0}, masked).find_changes("价各")] == ["价格"]


def test_of_readings_with_equal_cost_the_one_without_a_change_wins() -> None:
    costs = {"价格": 3.0, "价": 2.9, "各": 2.9}
    penalty = PENALTIES[Likeness.SOUND] + PAIR_COST
    assert list(small({**costs, "价格": 5.8 - penalty}, MASKED).find_changes("价各")) == []
    assert list(small({**costs, "价格": 5.7 - penalty}, MASKED).find_changes("价各")) == [Change(0, "价各", "价格")]


def test_a_run_in_traditional_characters_is_left_alone() -> None:
    costs = {"价格": 3.0}
    assert [change.start for change in small(costs, MASKED).find_changes("价各")] == [0]
    assert list(small(costs, MASKED).find_changes("價价各")) == []


def test_a_typo_that_is_counted_as_a_word_is_corrected_in_a_longer_word() -> None:
    assert correct("什么时侯到") == "什么时候到"


def test_added_words_are_corrected_to() -> None:
    own = open_chinese().with_words(["云朵杯"])
    assert list(own.find_changes("云朵怀还有吗")) == [Change(0, "云朵怀", "云朵杯")]
    assert list(own.find_changes("云朵杯还有吗")) == []


@pytest.mark.parametrize(
    "text", ["羊肚菌一斤多少朵", "鼠尾草味香薰", "苦橙叶喷雾", "硅藻土地垫发霉吗", "乐福鞋大一码", "洞洞鞋的鞋花"]
)
def test_names_of_goods_that_sound_like_common_words_are_left(text: str) -> None:
    assert correct(text) == text
